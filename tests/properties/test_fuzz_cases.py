"""What `make fuzz` has found stays mended: each file of tests/cases/fuzz is an input that broke a law once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, Broken, demand

CASES = Path(__file__).parents[1] / "cases" / "fuzz"
FILES = sorted(file for file in CASES.rglob("*") if file.is_file())


@pytest.mark.parametrize("file", FILES, ids=[f"{file.parent.name}/{file.name}" for file in FILES])
def test_what_was_found_stays_mended(file: Path) -> None:
    TARGETS[file.parent.name](file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.binary(max_size=300))
def test_the_laws_hold_for_any_bytes(name: str, data: bytes) -> None:
    TARGETS[name](data)


def test_a_broken_law_is_seen() -> None:
    with pytest.raises(Broken, match="never"):
        demand(False, "it never holds")
