"""`newswire tail`: the wire as it comes. Lines for people on a terminal, JSON lines in a pipe; only what is committed."""

import base64
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal

import orjson
from rich.console import Console
from rich.text import Text

from workers import settings
from workers.kafka_io import Reader, Record
from workers.terminal import plain
from workers.wire import ROLES, Entry, read

Topic = Literal["clean", "duplicates", "rejected", "dlq", "all"]
Show = Callable[[Record], None]

WAIT_S = 0.5
SOURCE_WIDTH = 20
LABELS = {
    "new": (" NEW     ", "green"),
    "update": (" UPDATE  ", "bold black on yellow"),
    "cancel": (" CANCEL  ", "bold white on red"),
    "duplicate": (" copy    ", "dim"),
    "rejected": (" rejected", "magenta"),
    "dead_letter": (" dead    ", "red"),
}


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
    sys.stdout.buffer.write(as_json(record) + b"\n")


def as_json(record: Record) -> bytes:
    """The value as it stands in the topic; of a dead letter its headers, and its bytes in base64."""
    if record.role != "dlq":
        return record.value if b"\n" not in record.value else orjson.dumps(orjson.loads(record.value))
    headers = {
        name: value.decode(errors="replace")
        for name, value in record.headers.items()
        if name == "origin" or name.startswith(("dlq-", "origin-"))
    }
    return orjson.dumps({"deadLetter": headers | {"value_b64": base64.b64encode(record.value).decode()}})


def _shower(topic: str) -> Show:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[dim]waiting for {topic} articles; Ctrl-C ends[/dim]")
    return lambda record: console.print(line(record, console.width))


def line(record: Record, width: int) -> Text:
    """A record in one line of the terminal."""
    entry = read(record.role, record.value, record.headers)
    label, style = LABELS[entry.outcome]
    text = Text(no_wrap=True)
    text.append(datetime.fromtimestamp(record.timestamp_ms / 1000).astimezone().strftime("%H:%M:%S"), "dim")
    text.append(" ").append(label, style).append(" ")
    text.append(_fitted(plain(entry.source), SOURCE_WIDTH), "cyan").append(" ")
    headline_style = "dim" if entry.outcome == "duplicate" else "strike" if entry.outcome == "cancel" else "bold"
    text.append(plain(entry.headline) or "(no headline)", headline_style)
    detail = _detail(entry)
    if detail:
        text.append(f"  {plain(detail)}", "italic dim")
    text.truncate(width, overflow="ellipsis")
    return text


def _fitted(text: str, width: int) -> str:
    fitted = Text(text, no_wrap=True)
    fitted.truncate(width, overflow="ellipsis", pad=True)
    return fitted.plain


def _detail(entry: Entry) -> str:
    parts = [f"revision {entry.revision}"] if entry.outcome == "update" else []
    parts += [entry.why] if entry.why else []
    if entry.of and entry.outcome != "cancel" and entry.of != entry.uri:
        parts.append(f"of {entry.of}")
    return f"[{', '.join(parts)}]" if parts else ""
