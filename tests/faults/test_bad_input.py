"""Generated records, most of them bad, through a running worker. `make bad-input` sends more."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import bad_input
from tests.faults.bad_records import records
from workers.settings import Settings

NUMBER, SEED = 2_000, 8


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")
def test_bad_input_has_exactly_one_outcome_each(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """None is lost, doubled or changed, no bug shows, the worker is the same process, and its memory bounded."""
    figures, books = bad_input.run(make_settings(bad_share_max=1.0), tmp_path, NUMBER, SEED)
    assert not books.wrong
    assert bad_input.is_good(figures), figures
    assert figures["records"] == NUMBER
    assert {"new", "dead-letter not-json", "dead-letter wrong-type", "rejected too-short"} <= figures["outcomes"].keys()


def test_the_same_seed_gives_the_same_records() -> None:
    """So that a finding can be met again."""
    assert list(records(200, 1)) == list(records(200, 1))
    assert list(records(200, 1)) != list(records(200, 2))
