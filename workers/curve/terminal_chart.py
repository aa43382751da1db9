"""A chart in characters: lines in Braille dots, two by four in each cell, and measured points as signs on top of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from workers.curve.chart import X_FROM, X_TO, Curve, Panel, Point

COLOURS = ("cyan", "yellow", "magenta", "green", "red", "blue")
SIGNS = "●■▲◆▼★"
WIDE = 120
"""From here on the panels stand side by side."""
MAX_CELLS = 72
LABEL_CELLS = 6
ROWS = 14
_BRAILLE = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


@dataclass(slots=True)
class Canvas:
    """Cells of dots and signs; the last colour of a cell wins."""

    columns: int
    rows: int
    dots: dict[tuple[int, int], int] = field(default_factory=dict)
    signs: dict[tuple[int, int], str] = field(default_factory=dict)
    styles: dict[tuple[int, int], str] = field(default_factory=dict)

    def line(self, points: Sequence[Point], style: str) -> None:
        """Joins the points, dot by dot."""
        places = [self._dot(point) for point in points]
        for (x, y), (to_x, to_y) in pairwise(places):
            steps = max(abs(to_x - x), abs(to_y - y), 1)
            for step in range(steps + 1):
                self._set(x + round((to_x - x) * step / steps), y + round((to_y - y) * step / steps), style)

    def upright(self, x: float, style: str) -> None:
        """A dotted line from top to bottom."""
        column = self._dot((x, 0))[0]
        for y in range(0, 4 * self.rows, 2):
            self._set(column, y, style)

    def sign(self, point: Point, sign: str, style: str) -> None:
        x, y = self._dot(point)
        self.signs[y // 4, x // 2], self.styles[y // 4, x // 2] = sign, style

    def lines(self) -> Iterator[Text]:
        for row in range(self.rows):
            line = Text()
            for column in range(self.columns):
                cell = row, column
                line.append(self.signs.get(cell) or chr(_BRAILLE + self.dots.get(cell, 0)), self.styles.get(cell, ""))
            yield line

    def _dot(self, point: Point) -> tuple[int, int]:
        x = (point[0] - X_FROM) / (X_TO - X_FROM) * (2 * self.columns - 1)
        return round(x), round((1 - point[1]) * (4 * self.rows - 1))

    def _set(self, x: int, y: int, style: str) -> None:
        cell = y // 4, x // 2
        self.dots[cell] = self.dots.get(cell, 0) | _DOTS[y % 4][x % 2]
        self.styles[cell] = style


def chart(panels: Sequence[Panel], width: int) -> RenderableType:
    """The panels side by side where there is room, else one below the other."""
    beside = len(panels) if width >= WIDE else 1
    cells = min(MAX_CELLS, width // beside - LABEL_CELLS - 2)
    grid = Table.grid(padding=(0, 2, 1, 0))
    for first in range(0, len(panels), beside):
        grid.add_row(*(_panel(panel, cells) for panel in panels[first : first + beside]))
    return grid


def _panel(panel: Panel, cells: int) -> Text:
    canvas = Canvas(cells, ROWS)
    if panel.mark is not None:
        canvas.upright(panel.mark, "bold white")
    for number, curve in enumerate(panel.curves):
        canvas.line(curve.theory, COLOURS[number % len(COLOURS)])
    for number, curve in enumerate(panel.curves):
        for point in curve.measured:
            canvas.sign(point, SIGNS[number % len(SIGNS)], f"bold {COLOURS[number % len(COLOURS)]}")
    lines = [Text(f"{panel.title:^{cells + LABEL_CELLS}}", "bold")]
    for row, line in enumerate(canvas.lines()):
        lines.append(Text.assemble((f"{_label(row):>5} ", "dim"), line))
    return Text("\n").join([*lines, Text(" " * LABEL_CELLS + _ticks(cells, panel.mark), "dim")])


def _label(row: int) -> str:
    """Of the rows nearest to the quarters."""
    labels = {round((1 - share) * (ROWS - 1)): f"{share:.0%}" for share in (0, 0.25, 0.5, 0.75, 1)}
    return labels.get(row, "")


def _ticks(cells: int, mark: float | None) -> str:
    """The shares along the axis; the threshold's own where it stands apart from them."""
    line = [" "] * cells
    shares = [0, 0.2, 0.4, 0.6, 0.8, 1] if mark is None else [0, 0.2, 0.4, mark, 1]
    for share in shares:
        text = f"{share:.0%}"
        at = min(max(round(share * (cells - 1)) - len(text) // 2, 0), cells - len(text))
        line[at : at + len(text)] = text
    return "".join(line)


def legend(curves: Sequence[Curve]) -> Text:
    """Which colour and sign is which length."""
    text = Text()
    for number, curve in enumerate(curves):
        colour = COLOURS[number % len(COLOURS)]
        text.append(f"⠒⠒{SIGNS[number % len(SIGNS)]}⠒⠒ ", f"bold {colour}").append(f"{curve.name}   ")
    return text.append("lines: theory, signs: measured", "dim")
