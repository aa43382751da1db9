"""A worker dies, lines are learned, and the record that it had written is cleaned as if nothing had been learned."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from tests.faults.wire import Wire, article, environment_of
from workers import kafka_io
from workers.cleaning.learned import line_key
from workers.lines import LearnedLines, Lesson
from workers.settings import Settings

DYING = Path(__file__).with_name("dying_worker.py")
FOOTER = "Get the Kestrel app on your phone today"


@contextmanager
def working(wire: Wire) -> Iterator["subprocess.Popen[bytes]"]:
    variables = environment_of(wire.settings, wire.folder) | {
        "KAFKA_BOOTSTRAP": wire.settings.kafka_bootstrap, "REDIS_URL": wire.settings.redis_url, "WEB_URL": wire.settings.web_url,
        "PYTHONPATH": str(Path(__file__).parents[2]), "DIES_WHEN_THERE": str(wire.folder / "die"),
    }  # fmt: skip
    with (wire.folder / "dying.log").open("ab") as log:
        worker = subprocess.Popen([sys.executable, str(DYING)], env=os.environ | variables, stdout=log, stderr=log)
        try:
            yield worker
        finally:
            worker.terminate()
            worker.wait(10)


def publish(wire: Wire, *numbers: int) -> None:
    with kafka_io.Publisher(wire.settings, lambda *_: None) as publisher:
        for n in numbers:
            body = f"{article(n)}\n\n{article(n + 1_000)}\n\n{FOOTER}"
            raw = {"source": "courier", "uri": f"urn:test:{n}", "body": body}
            publisher.send(json.dumps(raw).encode(), b"one key", n)
        publisher.flush()


def wait_for(condition: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def outputs(settings: Settings, isolation_level: str) -> list[dict[str, Any]]:
    """What stands on the clean topic, without the time of its sending."""
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap, isolation_level=isolation_level, auto_offset_reset="earliest"
    )
    partition = TopicPartition(settings.topic_clean, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    found: list[dict[str, Any]] = []
    while records := consumer.poll(2_000):
        found += [json.loads(record.value) for batch in records.values() for record in batch]
    consumer.close()
    for value in found:
        del value["provenance"]["publishedAt"]
    return found


async def learn(settings: Settings) -> None:
    """What other workers would teach meanwhile."""
    lines = LearnedLines(settings)
    await lines.learn([Lesson("courier", f"urn:elsewhere:{n}", line_key(FOOTER)) for n in range(20)])
    assert line_key(FOOTER) in (await lines.latest("courier")).lines
    await lines.close()


async def test_killed_after_the_claim_and_before_the_commit(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    """Claimed, written and not committed: though its last line was learned since, the record comes out as it was written."""
    settings = make_settings(partitions=1, session_timeout_s=6)
    with Wire(settings, tmp_path) as wire:
        with working(wire) as worker:
            publish(wire, *range(10))
            wait_for(lambda: wire.lag() == 0, "the first articles are not worked off")
            (tmp_path / "die").touch()
            publish(wire, 10)
            wait_for(lambda: worker.poll() is not None, "the worker does not die")
            assert worker.returncode == -signal.SIGKILL
        await learn(settings)
        with working(wire):
            wait_for(lambda: wire.lag() == 0, "the record is not delivered again")
            publish(wire, 11)
            wait_for(lambda: wire.lag() == 0, "the next article is not worked off")
        committed = {value["item"]["uri"]: value for value in outputs(settings, "read_committed")}
        written = [value for value in outputs(settings, "read_uncommitted") if value["item"]["uri"] == "urn:test:10"]
    assert len(written) == 2, "once before the death, and once after it"
    assert written[0] == written[1] == committed["urn:test:10"]
    assert written[0]["item"]["bodies"][0]["value"].endswith(FOOTER)
    assert "lines" not in written[0]["provenance"]
    after = committed["urn:test:11"]
    assert FOOTER not in after["item"]["bodies"][0]["value"]
    assert (after["provenance"]["lines"], [r["kind"] for r in after["cleaning"]["removed"]]) == (1, ["learned"])
