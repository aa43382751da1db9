"""`newswire tail`: the wire as it comes. Lines for people on a terminal, JSON lines in a pipe; only what is committed."""

import base64
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal

import orjson
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from workers import settings
from workers.kafka_io import Reader, Record
from workers.terminal import plain, print_json
from workers.wire import ROLES, Entry, read

Topic = Literal["clean", "duplicates", "rejected", "dlq", "all"]
Show = Callable[[Record], None]

WAIT_S = 0.5
SOURCE_WIDTH = 20
MIN_HEADLINE_WIDTH = 10
GAP = 2
LABELS = {
    "new": (" NEW     ", "green"),
    "update": (" UPDATE  ", "bold black on yellow"),
    "cancel": (" CANCEL  ", "bold white on red"),
    "duplicate": (" copy    ", "dim"),
    "rejected": (" rejected", "magenta"),
    "dead_letter": (" dead    ", "red"),
}
HEADLINE_STYLES = {"duplicate": "dim", "rejected": "dim", "dead_letter": "dim", "cancel": "bold strike"}


def run(
    topic: Topic = "clean",
    *,
    from_start: bool = False,
    stop_at_end: bool = False,
    limit: int | None = None,
    json: bool = False,
) -> int:
    """Shows what comes until Ctrl-C.

    Args:
        topic: which of the output topics.
        from_start: begin with the oldest record and not with the next one.
        stop_at_end: end when all that is there has been shown.
        limit: end after so many records.
        json: JSON lines on a terminal too.
    """
    roles = ROLES if topic == "all" else (topic,)
    try:
        with Reader(settings.load(), roles, from_start=from_start) as reader:
            show = _show_json if json or not sys.stdout.isatty() else _shower(topic)
            for count, record in enumerate(_records(reader, stop_at_end=stop_at_end), 1):
                show(record)
                if count == limit:
                    break
    except KeyboardInterrupt:
        pass  # the usual way to end it
    return 0


def _records(reader: Reader, *, stop_at_end: bool) -> Iterator[Record]:
    """What comes, ordered by time within each fetch: partitions know nothing of each other."""
    while True:
        batch = sorted(reader.poll(WAIT_S), key=lambda record: (record.timestamp_ms, record.offset))
        yield from batch
        sys.stdout.flush()
        if stop_at_end and not batch and reader.at_end():
            return


def _show_json(record: Record) -> None:
    print_json(as_json(record) + b"\n")


def as_json(record: Record) -> bytes:
    """The value as it stands in the topic; of a dead letter its headers, and its bytes in base64."""
    if record.role != "dlq":
        return record.value if b"\n" not in record.value else orjson.dumps(orjson.loads(record.value))
    headers = {
        name: value.decode(errors="replace")
        for name, value in record.headers.items()
        if name in ("origin", "replay-of") or name.startswith(("dlq-", "origin-"))
    }
    return orjson.dumps({"deadLetter": headers | {"value_b64": base64.b64encode(record.value).decode()}})


def _shower(topic: str) -> Show:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[dim]waiting for {topic} articles; Ctrl-C ends[/dim]")
    return lambda record: console.print(line(record, console.width))


def line(record: Record, width: int) -> Text:
    """A record in one line of the terminal; where it is too long, the headline and the reason share what there is."""
    entry = read(record.role, record.value, record.headers)
    label, style = LABELS[entry.outcome]
    text = Text(no_wrap=True)
    text.append(datetime.fromtimestamp(record.timestamp_ms / 1000).astimezone().strftime("%H:%M:%S"), "dim")
    text.append(" ").append(label, style).append(" ")
    text.append(_fitted(plain(entry.source), SOURCE_WIDTH, pad=True), "cyan").append(" ")
    headline, detail = plain(entry.headline) or "(no headline)", plain(_detail(entry))
    rest = max(width - text.cell_len, MIN_HEADLINE_WIDTH)
    detail = _fitted(detail, max(rest // 2, rest - cell_len(headline) - GAP))
    headline = _fitted(headline, rest - (cell_len(detail) + GAP if detail else 0))
    text.append(headline, HEADLINE_STYLES.get(entry.outcome, "bold"))
    if detail:
        text.append(f"{' ' * GAP}{detail}", "italic dim")
    text.truncate(width, overflow="ellipsis")
    return text


def _fitted(text: str, width: int, *, pad: bool = False) -> str:
    fitted = Text(text, no_wrap=True)
    fitted.truncate(width, overflow="ellipsis", pad=pad)
    return fitted.plain


def _detail(entry: Entry) -> str:
    """What is to be known beside the headline: which revision, why, and of which other article."""
    parts = [f"revision {entry.revision}"] if entry.outcome == "update" else []
    if entry.relation not in {"", "revision", "cancel"}:
        parts.append(entry.why)
    if entry.of and entry.of != entry.uri:
        parts.append(f"of {entry.of}")
    return ", ".join(parts)
