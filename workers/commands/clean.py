"""`newswire clean`: raw articles in, cleaned articles out, as JSON lines, without any server.

Streaming and in order, so that it can stand in any pipe. With `--show` it prints for the eye instead: the article,
what goes struck out in colour, and why.
"""

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from workers import log, settings
from workers.article import RawArticle
from workers.cleaned import Cleaned, Cleaner
from workers.encode import build_item
from workers.errors import DeadLetterError
from workers.outcome import CleanText
from workers.terminal import plain, print_json

PROGRESS_EVERY_S = 0.5


def run(files: Sequence[str | Path] | None, show: bool = False) -> int:
    """Cleans the articles of the files, or of standard input.

    Args:
        files: JSON lines, .gz too; `-` or none at all is standard input.
        show: print for the eye what goes and why.

    Raises:
        SettingsError: a setting is wrong; those of cleaning and of pages count here as for the worker.
        PageProcessFailed: no process could be started to read web pages in.
    """
    config = settings.load()
    log.set_up(config)
    try:
        with ExitStack() as stack:
            sources = [stack.enter_context(_open(Path(f))) for f in files or ["-"]]
            lines = _with_progress(line.rstrip(b"\r\n") for source in sources for line in source if line.strip())
            cleaned = stack.enter_context(closing(Cleaner(config))).clean_all(lines)
            _show_all(cleaned) if show else _write_all(cleaned)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # who read has gone, and the interpreter must not flush again
    except (OSError, EOFError, zlib.error) as e:
        name = getattr(e, "filename", None) or "input"
        print(f"newswire clean: {plain(str(name))}: {getattr(e, 'strerror', None) or e}", file=sys.stderr)
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


def _write_all(found: Iterable[Cleaned | DeadLetterError]) -> None:
    for one in found:
        print_json(orjson.dumps(_answer(one), option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def _show_all(found: Iterable[Cleaned | DeadLetterError]) -> None:
    from workers.struck_out import show_all

    show_all(found)


def _answer(found: Cleaned | DeadLetterError) -> dict[str, Any]:
    """What one raw record comes to, as this command writes it."""
    if isinstance(found, DeadLetterError):
        return _record(None, "dead-letter", found.reason)
    article, cleaned = found.article, found.text
    if cleaned.rejection:
        return _record(article, "rejected", cleaned.rejection, None, None, cleaned)
    return _record(article, "clean", None, cleaned.text, build_item(article, cleaned), cleaned)


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


if __name__ == "__main__":
    sys.exit(run([a for a in sys.argv[1:] if a != "--show"], "--show" in sys.argv))
