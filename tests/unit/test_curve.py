"""What theory says of finding a copy holds together, and its constants are those of the index."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import workers
from workers.curve import picture, theory
from workers.curve.chart import panels
from workers.curve.measure import Measured, copy_of, made_text
from workers.curve.terminal_chart import chart
from workers.errors import NewswireError
from workers.passages import figures

LUA = Path(workers.__file__).parent / "lua"


def test_candidates_share_what_the_script_asks_for() -> None:
    (share,) = re.findall(r"fewest = .*#a\.postings / (\d+)", (LUA / "search.lua").read_text())
    assert int(share) == theory.FEWEST_SHARE


def test_chances_of_a_number_add_up() -> None:
    assert theory.binomial(50, 0.3).sum() == pytest.approx(1)
    assert theory.binomial(4, 0.5).tolist() == pytest.approx([1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16])
    assert theory.sum_of_chances(np.array([0.5, 0.5])).tolist() == [0.25, 0.5, 0.25]
    assert sum(theory.compared_at(400).values()) == pytest.approx(1)


@pytest.mark.parametrize("words", [60, 120, 400, 1_000, 6_000])
def test_more_alike_is_found_more_often(words: int) -> None:
    line = [theory.chances(words, x, 0.68) for x in (0.02, 0.1, 0.3, 0.5, 0.6, 0.68, 0.72, 0.8, 0.9, 1.0)]
    for less, more in pairwise(line):
        assert more.found >= less.found - 1e-9
        assert more.kept_out >= less.kept_out - 1e-9
    assert all(0 <= c.kept_out <= c.found <= 1 for c in line)
    assert line[-1].kept_out == pytest.approx(1, abs=1e-3)
    assert line[3].kept_out < 0.01


@pytest.mark.parametrize("containment", [0.0, 0.3, 0.68, 1.0])
def test_a_made_copy_shares_what_it_should(containment: float) -> None:
    text = made_text("a", 400)
    _, known, held = figures(copy_of(text, containment, 1), text)
    assert known == pytest.approx(containment, abs=0.003)
    assert held == pytest.approx(containment, abs=0.003)


def test_the_chart_fits_its_terminal() -> None:
    measured = [Measured(120, 0.5, 10, 10, 0), Measured(120, 0.9, 10, 10, 10)]
    drawn = panels([120], 0.68, measured)
    for width in (80, 140):
        console = Console(width=width, highlight=False)
        with console.capture() as capture:
            console.print(chart(drawn, width))
        lines = capture.get().splitlines()
        assert max(map(len, lines)) <= width
        assert any("Found in the index" in line and "Kept out" in line for line in lines) is (width == 140)
        assert any("68%" in line for line in lines)


def test_a_picture_without_pillow_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    monkeypatch.setitem(__import__("sys").modules, "PIL.ImageDraw", None)
    with pytest.raises(NewswireError, match=r"newswire\[chart\]"):
        picture.check()
