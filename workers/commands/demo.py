"""`newswire demo`: servers, a worker and a sample feed in a temporary folder; shows what becomes of each record.

Status 0 only when every record ended in exactly one place, and in the right one. All that was started is gone when it
ends, however it ends.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.status import Status

from workers.demo import exchange, judge, show
from workers.demo.feed import CHAPTERS, samples
from workers.local.stack import LocalStack, Progress


def run(*, keep: bool = False) -> int:
    """Runs the demo; `keep` leaves its folder, with the logs, where it is."""
    began = time.monotonic()
    console = show.console(terminal=sys.stdout.isatty())

    def tell(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:5.1f} s[/dim]  {line}")

    with _folder(keep=keep) as folder, console.status("starting") as status:
        if keep:
            tell(f"its folder stays: {folder}")
        with LocalStack(folder, progress=tell) as stack:
            results, found = _exchange(stack, tell, status)
            status.update("ending what was started")
    figures = judge.figures(results, found, time.monotonic() - began)
    _show(console, results, figures)
    print(json.dumps(figures))
    return 1 if figures["missing"] or figures["doubled"] or figures["wrong"] else 0


def _exchange(
    stack: LocalStack, tell: Progress, status: Status
) -> tuple[list[judge.Result], Mapping[str, Sequence[exchange.Arrival]]]:
    sent = samples()
    began = time.monotonic()
    with exchange.open_reader(stack.settings) as reader:
        origins = exchange.send(stack.settings, sent)
        outlets = len({sample.source for sample in sent if sample.outcome != "dead_letter"})
        tell(f"published {len(sent)} records of {outlets} outlets, with one key so that they keep their order")
        found = exchange.collect(reader, origins, lambda count: status.update(f"{count} of {len(sent)} came out"))
    tell(f"{len(found)} of {len(sent)} came out, after {time.monotonic() - began:.1f} s")
    return judge.judge(sent, origins, found), found


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    if keep:
        yield Path(tempfile.mkdtemp(prefix="newswire-demo-"))
        return
    with tempfile.TemporaryDirectory(prefix="newswire-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _show(console: Console, results: list[judge.Result], figures: Mapping[str, float]) -> None:
    for problem in show.problems(results):
        console.print(f"WRONG  {problem}", style="bold red", markup=False)
    for part in show.chapters(_by_chapter(results), console.width):
        console.print(part)
    console.print(show.before_and_after(results))
    console.print(show.ledger(figures))


def _by_chapter(results: Sequence[judge.Result]) -> dict[str, list[judge.Result]]:
    rest = iter(results)
    return {chapter: [next(rest) for _ in chapter_samples] for chapter, chapter_samples in CHAPTERS.items()}
