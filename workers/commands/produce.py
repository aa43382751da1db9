"""`newswire produce`: raw articles from JSON lines onto the raw topic, the bytes of each line as they are.

A line is parsed only to see that it is an object and to find its key; nothing is serialised again. Law: nothing is
skipped silently. Lines that are no JSON objects, and records that are not acknowledged, are counted and named.
"""

import gzip
import io
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import orjson
from rich.console import Console
from rich.status import Status
from rich.text import Text

from workers import settings
from workers.errors import NewswireError, ServerError
from workers.kafka_io import Acknowledged, Publisher
from workers.terminal import plain

STDIN = "-"
GZIP_MAGIC = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
SHOWN_FAILURES = 5
READ_BYTES = 1 << 20
LINES_PER_LOOK = 500  # at the clock, for the progress line


@dataclass(slots=True)
class Tally:
    """What became of the lines so far."""

    acknowledged: int = 0
    sent_bytes: int = 0
    failed: int = 0
    first_failures: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def settled(self, where: str, result: Acknowledged | ServerError) -> None:
        """Takes down what came of one record."""
        if isinstance(result, Acknowledged):
            self.acknowledged += 1
        else:
            self.fail(where, str(result))

    def fail(self, where: str, why: str) -> None:
        self.failed += 1
        if len(self.first_failures) < SHOWN_FAILURES:
            self.first_failures.append(f"{where}: {why}")

    def __str__(self) -> str:
        seconds = max(time.monotonic() - self.began, 1e-9)
        rates = f"{self.acknowledged / seconds:,.0f}/s, {self.sent_bytes / 1e6 / seconds:,.1f} MB/s"
        return f"{self.acknowledged:,} acknowledged in {seconds:.1f} s ({rates})"


def run(files: Sequence[str] = (), *, raw: bool = False) -> int:
    """Publishes the lines of `files`, or of standard input; returns 1 if any line did not arrive.

    Args:
        files: JSON lines, compressed or not; `-` is standard input, as is no file at all.
        raw: send lines that are no JSON objects too, as they are.
    """
    _check(files)
    config = settings.load()
    tally = Tally()
    try:
        with Console(stderr=True).status("connecting") as status, Publisher(config, tally.settled) as publisher:
            for name in files or [STDIN]:
                try:
                    _send_file(name, publisher, tally, status, raw=raw)
                except (OSError, EOFError, zlib.error) as e:
                    tally.fail(name, f"cannot be read, or not to its end: {getattr(e, 'strerror', None) or e}")
            publisher.flush()
    except KeyboardInterrupt:
        print(f"interrupted: {tally}; what was under way may have arrived as well", file=sys.stderr)
        raise
    return _report(tally, config.topic_raw)


def _check(files: Sequence[str]) -> None:
    missing = [name for name in files if name != STDIN and not Path(name).exists()]
    if missing:
        raise NewswireError(f"nothing was sent: there is no file {', '.join(missing)}")


def _send_file(name: str, publisher: Publisher, tally: Tally, status: Status, *, raw: bool) -> None:
    shown = "standard input" if name == STDIN else name
    for number, line in _lines(name):
        where = f"{shown}, line {number}"
        try:
            key = _key(line)
        except ValueError as e:
            if not raw:
                tally.fail(where, f"not sent: {e} (--raw sends it all the same)")
                continue
            key = None
        publisher.send(line, key, where)
        tally.sent_bytes += len(line)
        if number % LINES_PER_LOOK == 0:
            status.update(Text(plain(f"{shown}: {tally}")))


def _lines(name: str) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, without their ends, and their numbers from 1."""
    with ExitStack() as stack:
        file = sys.stdin.buffer if name == STDIN else stack.enter_context(Path(name).open("rb", READ_BYTES))
        stream = cast("io.BufferedReader", file)
        for number, line in enumerate(_decompressed(stream), 1):
            text = line.strip(b"\r\n") if number > 1 else line.strip(b"\r\n").removeprefix(BOM)
            if text.strip():
                yield number, text


def _decompressed(stream: io.BufferedReader) -> BinaryIO:
    """Known by its first bytes, not by its name: standard input has none."""
    if stream.peek(2)[:2] == GZIP_MAGIC:
        return cast("BinaryIO", io.BufferedReader(gzip.GzipFile(fileobj=stream), READ_BYTES))
    return stream


def _key(line: bytes) -> bytes | None:
    """The record's key: its uri, so that all versions of a story keep their order; else its url; else none.

    >>> _key(b'{"uri": "urn:example:1", "url": "https://example.com/1"}')
    b'urn:example:1'
    """
    article = orjson.loads(line)
    if not isinstance(article, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - as for what is no JSON at all
    key = article.get("uri") or article.get("url")
    return key.encode() if isinstance(key, str) else None


def _report(tally: Tally, topic: str) -> int:
    for failure in tally.first_failures:
        print(plain(failure), file=sys.stderr)
    if tally.failed > len(tally.first_failures):
        print(f"... and {tally.failed - len(tally.first_failures):,} more", file=sys.stderr)
    failed = f", {tally.failed:,} NOT" if tally.failed else ""
    print(f"{topic}: {tally}{failed}")
    return 1 if tally.failed else 0
