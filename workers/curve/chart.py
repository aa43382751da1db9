"""What is drawn, in the terminal and as a picture: two panels with the same curves. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from workers.curve.measure import Measured
from workers.curve.theory import Chances, chances

X_FROM, X_TO = 0.0, 1.0
STEPS = 100

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """One length of article: what theory says as a line, what was measured as points."""

    name: str
    theory: tuple[Point, ...]
    measured: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """`mark` is the threshold in force, where it matters to the panel."""

    title: str
    mark: float | None
    curves: tuple[Curve, ...]


def panels(lengths: Sequence[int], threshold: float, measured: Sequence[Measured]) -> tuple[Panel, Panel]:
    """The chance of being found at all, and of being kept out as a copy."""
    xs = [(step + 0.5) / STEPS for step in range(STEPS)]
    theory = {words: [(x, chances(words, x, threshold)) for x in xs] for words in lengths}
    found = tuple(_curve(words, theory[words], measured, found=True) for words in lengths)
    kept_out = tuple(_curve(words, theory[words], measured, found=False) for words in lengths)
    return Panel("Found in the index", None, found), Panel("Kept out as a copy", threshold, kept_out)


def _curve(words: int, theory: Sequence[tuple[float, Chances]], measured: Sequence[Measured], *, found: bool) -> Curve:
    line = tuple((x, chance.found if found else chance.kept_out) for x, chance in theory)
    mine = [m for m in measured if m.words == words]
    points = tuple((m.containment, (m.found if found else m.kept_out) / m.trials) for m in mine)
    return Curve(f"{words:,} words", line, points)
