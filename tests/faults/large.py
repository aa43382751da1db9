"""Large records and what they do to a worker's memory: `python -m tests.faults.large --records 2000`.

Records of 5 MB in turn: no JSON, a text that is too long, a page of 4 million characters, an article with a large field that
nobody asked for. The last line is JSON; the status is 1 if one is lost or the worker grew beyond the limit.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.faults.wire import Feed, Ledger, Wire, article
from workers.local.kafka import LocalKafka
from workers.local.ports import free_port
from workers.local.valkey import LocalValkey
from workers.local.worker import LocalWorker
from workers.settings import load

RECORD_BYTES = 5_000_000
LIMIT_BYTES = 1 << 30
_TEXT_WORDS = 100_000


class LargeFeed(Feed):
    """Four kinds of large records in turn."""

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for n in range(self.size):
            uri = f"urn:large:{n}"
            self.groups[uri] = n
            yield uri, self._value(n, uri)

    def _value(self, n: int, uri: str) -> bytes:
        head = {"source": "agency", "uri": uri}
        if n % 4 == 0:
            return b'{"source": "agency", "body": "' + b"x" * RECORD_BYTES
        if n % 4 == 1:
            return json.dumps({**head, "body": "word " * (RECORD_BYTES // 5)}).encode()
        if n % 4 == 2:
            script = "é=1;" * 960_000
            page = f"<html><body><article><p>{article(n, 300)}</p></article><script>{script}</script></body></html>"
            return json.dumps({**head, "contentType": "text/html", "body": page}, ensure_ascii=False).encode()
        text = article(n, _TEXT_WORDS)
        return json.dumps({**head, "body": text, "scans": "x" * (RECORD_BYTES - len(text))}).encode()


@dataclass
class Memory:
    """Watches what a worker and its children hold, every quarter of a second; `samples` are bytes."""

    worker: LocalWorker
    samples: list[int] = field(default_factory=list)
    _done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.25):
            if pid := self.worker.worker_pid:
                self.samples.append(resident_bytes(pid))


def resident_bytes(pid: int) -> int:
    """Resident memory of a process and all below it."""
    told = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in told.splitlines()]
    family, size = {pid}, 0
    while len(family) > size:
        size = len(family)
        family |= {child for child, parent, _ in rows if parent in family}
    return sum(kilobytes << 10 for one, _, kilobytes in rows if one in family)


def run(wire: Wire, records: int, backlog: int = 0) -> tuple[Ledger, Memory]:
    """Sends large records to one worker; it starts when `backlog` of them wait."""
    feed = wire.publish(LargeFeed(records), per_s=1_000)
    while len(wire.sent) < backlog:
        time.sleep(0.1)
    with Memory(wire.add_worker()) as memory:
        feed.join()
        ledger = wire.ledger(patience_s=120)
    return ledger, memory


def main() -> int:
    parser = argparse.ArgumentParser(description="large records and a worker's memory")
    parser.add_argument("--records", type=int, default=2_000)
    count = parser.parse_args().records
    folder = Path(tempfile.mkdtemp(prefix="newswire-large-"))
    with LocalKafka(folder / "kafka") as kafka, LocalValkey(folder / "valkey") as valkey:
        web = f"http://127.0.0.1:{free_port()}"
        settings = load(kafka_bootstrap=kafka.bootstrap, redis_url=valkey.url, web_url=web)
        with Wire(settings, folder) as wire:
            ledger, memory = run(wire, count, backlog=min(count, 100))
    print(f"outcomes: {dict(ledger.outcomes)}")
    print("MiB over time:", [size >> 20 for size in memory.samples[:: max(1, len(memory.samples) // 40)]])
    most = max(memory.samples)
    problems = len(ledger.lost) + len(ledger.doubled)
    line = {"records": count, "lost": len(ledger.lost), "doubled": len(ledger.doubled), "most_mib": most >> 20}
    shutil.rmtree(folder)
    print(json.dumps({**line, "seconds": round(ledger.seconds)}))
    return 1 if problems or most > LIMIT_BYTES else 0


if __name__ == "__main__":
    sys.exit(main())
