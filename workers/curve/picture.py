"""The chart as a PNG, drawn with Pillow at three times its size and then made smaller, so that lines are smooth."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from workers.curve.chart import Curve, Panel, Point
from workers.errors import NewswireError

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

MISSING = "a picture needs Pillow, which is not installed: pip install 'newswire[chart]' (the extra named chart)"
SCALE = 3
WIDTH, HEIGHT = 1_280, 560
PANEL_WIDTH, PANEL_HEIGHT = 520, 380
LEFT, TOP, GAP = 80, 84, 110
INK, GREY, FAINT, PAPER = "#1f2933", "#66717d", "#e3e7eb", "#ffffff"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's: told apart by the colour-blind too."""


class Picture:
    """A sheet with panels; all lengths are in pixels of the finished picture."""

    def __init__(self, draw: "ImageDraw.ImageDraw") -> None:
        self._draw = draw

    def text(self, at: Point, text: str, size: int, colour: str = INK, anchor: str = "mm") -> None:
        self._draw.text((at[0] * SCALE, at[1] * SCALE), text, colour, _font(size * SCALE), anchor)

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, colour, round(width * SCALE), joint="curve")

    def dot(self, at: Point, radius: float, colour: str) -> None:
        x, y = at[0] * SCALE, at[1] * SCALE
        for r, fill in ((radius + 1.2, PAPER), (radius, colour)):
            self._draw.ellipse((x - r * SCALE, y - r * SCALE, x + r * SCALE, y + r * SCALE), fill)

    def panel(self, panel: Panel, left: float) -> None:
        self._axes(panel, left)
        for number, curve in enumerate(panel.curves):
            self.line([_place(p, left) for p in curve.theory], COLOURS[number % len(COLOURS)], 2)
        for number, curve in enumerate(panel.curves):
            for point in curve.measured:
                self.dot(_place(point, left), 4, COLOURS[number % len(COLOURS)])

    def _axes(self, panel: Panel, left: float) -> None:
        for share in (0, 0.2, 0.4, 0.6, 0.8, 1):
            self.line([_place((0, share), left), _place((1, share), left)], FAINT, 1)
            self.text((left - 12, _place((0, share), left)[1]), f"{share:.0%}", 13, GREY, "rm")
            self.text((_place((share, 0), left)[0], TOP + PANEL_HEIGHT + 18), f"{share:.0%}", 13, GREY)
        self.text((left + PANEL_WIDTH / 2, TOP - 26), panel.title, 19)
        self.text((left + PANEL_WIDTH / 2, TOP + PANEL_HEIGHT + 42), "of its shingles known (containment)", 14, GREY)
        if panel.mark is not None:
            self.line([_place((panel.mark, 0), left), _place((panel.mark, 1), left)], GREY, 1)
            x, y = _place((panel.mark, 0.5), left)
            self.text((x - 8, y), f"a copy from {panel.mark:.0%}", 13, GREY, "rm")

    def legend(self, curves: Sequence[Curve], line: str) -> None:
        y, x = HEIGHT - 28, float(LEFT)
        for number, curve in enumerate(curves):
            colour = COLOURS[number % len(COLOURS)]
            self.line([(x, y), (x + 40, y)], colour, 2)
            self.dot((x + 20, y), 4, colour)
            self.text((x + 50, y), curve.name, 14, INK, "lm")
            x += 170
        self.text((WIDTH - 40, y), line, 14, GREY, "rm")


def _place(point: Point, left: float) -> Point:
    return left + point[0] * PANEL_WIDTH, TOP + (1 - point[1]) * PANEL_HEIGHT


@cache
def _font(size: int) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
    from PIL import ImageFont

    return ImageFont.load_default(size)


def check() -> None:
    """Says what is missing before anything is measured.

    Raises:
        NewswireError: Pillow is not installed.
    """
    try:
        import PIL.ImageDraw
        import PIL.ImageFont  # noqa: F401 - only whether it is there
    except ImportError:
        raise NewswireError(MISSING) from None


def save(panels: Sequence[Panel], legend: str, file: Path) -> None:
    """Draws the panels side by side.

    Raises:
        NewswireError: the file cannot be written.
    """
    from PIL import Image, ImageDraw

    sheet = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    picture = Picture(ImageDraw.Draw(sheet))
    for number, panel in enumerate(panels):
        picture.panel(panel, LEFT + number * (PANEL_WIDTH + GAP))
    picture.legend(panels[0].curves, legend)
    try:
        sheet.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    except OSError as e:
        raise NewswireError(f"cannot write {file}: {e.strerror or e}") from e
