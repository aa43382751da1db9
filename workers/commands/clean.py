"""`newswire clean`: raw articles in, cleaned articles out, as JSON lines, without any server.

Streaming and in order, so that it can stand in any pipe. With `--show` it prints for the eye instead: the article,
what goes struck out in colour, and why.
"""

import gzip
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from time import monotonic
from typing import Any

import orjson
from rich.console import Console
from rich.text import Text

from workers.article import RawArticle
from workers.cleaning import clean
from workers.decode import decode
from workers.encode import build_item
from workers.errors import DeadLetterError
from workers.outcome import CleanText
from workers.terminal import plain

PROGRESS_EVERY_S = 0.5
COLOURS = {"repeat": "yellow", "related": "magenta", "heading": "magenta", "pointer": "magenta"}


def run(files: Sequence[str | Path] | None, show: bool = False) -> int:
    """Cleans the articles of the files, or of standard input.

    Args:
        files: JSON lines, .gz too; `-` or none at all is standard input.
        show: print for the eye what goes and why.
    """
    try:
        with ExitStack() as stack:
            sources = [stack.enter_context(_open(Path(f))) for f in files or ["-"]]
            lines = _with_progress(line for source in sources for line in source if line.strip())
            _show_all(lines) if show else _write_all(lines)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # who read has gone, and the interpreter must not flush again
    except OSError as e:
        print(f"newswire clean: {e.filename or 'input'}: {e.strerror or e}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _open(file: Path) -> AbstractContextManager[Iterable[bytes]]:
    if str(file) == "-":
        return nullcontext(sys.stdin.buffer)
    return gzip.open(file) if file.suffix == ".gz" else file.open("rb")


def _with_progress(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines; on a terminal, a count on standard error."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from lines
        return
    start = last = monotonic()
    for count, line in enumerate(lines, 1):
        yield line
        now = monotonic()
        if now - last > PROGRESS_EVERY_S:
            last = now
            print(f"\r{count:,} articles, {count / (now - start):,.0f} a second", end="", file=sys.stderr, flush=True)
    print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _write_all(lines: Iterable[bytes]) -> None:
    for line in lines:
        sys.stdout.buffer.write(orjson.dumps(cleaned_record(line), option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def cleaned_record(line: bytes) -> dict[str, Any]:
    """What one raw record comes to, as this command writes it."""
    try:
        article = decode(line.rstrip(b"\r\n"))
        cleaned = clean(article)
        item = build_item(article, cleaned)
    except DeadLetterError as e:
        return _record(None, "dead-letter", e.reason)
    if cleaned.rejection:
        return _record(article, "rejected", cleaned.rejection, None, None, cleaned)
    return _record(article, "clean", None, cleaned.text, item, cleaned)


def _record(
    article: RawArticle | None,
    outcome: str,
    reason: str | None,
    text: str | None = None,
    item: dict[str, Any] | None = None,
    cleaned: CleanText | None = None,
) -> dict[str, Any]:
    removed = [{"kind": r.kind, "chars": r.chars, "text": r.text} for r in cleaned.removed] if cleaned else None
    return {
        "uri": article.uri if article else None,
        "outcome": outcome,
        "reason": reason,
        "text": text,
        "item": item,
        "removed": removed,
    }


def _show_all(lines: Iterable[bytes]) -> None:
    console = Console(highlight=False, soft_wrap=False)
    for line in lines:
        try:
            article = decode(line.rstrip(b"\r\n"))
        except DeadLetterError as e:
            console.print(Text(f"dead letter: {e.reason}: {plain(str(e))}", "red"))
            continue
        _show(console, article, clean(article))


def _show(console: Console, article: RawArticle, cleaned: CleanText) -> None:
    console.rule(Text(plain(article.headline or article.uri), "bold"))
    if article.content_type == "text/html":
        console.print(
            Text(f"a page of {len(article.body):,} characters; its text, and what was struck out of it:", "dim")
        )
        shown = [*cleaned.text.split("\n\n"), *(r.text for r in cleaned.removed)]
    else:
        shown = [line for line in article.body.split("\n") if line.strip()]
    for line in marked(shown, cleaned):
        console.print(line)
    if cleaned.rejection:
        console.print(Text(f"rejected: {cleaned.rejection}", "bold red"))


def marked(lines: list[str], cleaned: CleanText) -> Iterator[Text]:
    """Each line as it is to be seen: plain when it stays, struck out with its kind when it goes."""
    struck: dict[str, list[str]] = {}
    for r in cleaned.removed:
        struck.setdefault(" ".join(r.text.split()), []).append(r.kind)
    kept = set(cleaned.text.split("\n\n"))
    for line in lines:
        squeezed = " ".join(line.split())
        kinds = struck.get(squeezed[:160]) or struck.get(line[:160].rstrip())
        if kinds and (squeezed not in kept or kinds[-1] == "repeat"):
            seen = squeezed in kept
            yield Text(plain(line)) if seen else _struck(line, kinds[-1])
            kept.discard(squeezed)
        else:
            yield _struck_inside(squeezed, cleaned) if squeezed not in kept else Text(plain(line))


def _struck_inside(line: str, cleaned: CleanText) -> Text:
    """The line with the spans struck out that were cut from inside it."""
    seen = Text(plain(line))
    kinds = []
    for r in cleaned.removed:
        at = seen.plain.find(plain(r.text))
        if at >= 0 and plain(r.text):
            seen.stylize(f"strike {COLOURS.get(r.kind, 'red')}", at, at + r.chars)
            kinds.append(r.kind)
    return seen.append("".join(f"   {kind}" for kind in dict.fromkeys(kinds)), "italic red")


def _struck(line: str, kind: str) -> Text:
    colour = COLOURS.get(kind, "red")
    return Text.assemble((plain(line), f"strike {colour}"), (f"   {kind}", f"italic {colour}"))


if __name__ == "__main__":
    sys.exit(run([a for a in sys.argv[1:] if a != "--show"], "--show" in sys.argv))
