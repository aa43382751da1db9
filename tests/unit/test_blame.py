"""The record at which a process dies again and again is found and given up."""

from pathlib import Path

from workers.blame import Blame
from workers.outcome import Origin

BAD, GOOD = Origin("news.raw.v1", 0, 7), Origin("news.raw.v1", 0, 8)


def test_third_death_at_one_record_gives_it_up(tmp_path: Path) -> None:
    """Twice it is tried again, after the third death it is not."""
    for _ in range(3):
        life = Blame(tmp_path / "at")
        assert not life.is_given_up(BAD)
        life.begin(BAD)
    assert Blame(tmp_path / "at").is_given_up(BAD)


def test_a_record_that_was_finished_is_blamed_for_nothing(tmp_path: Path) -> None:
    """A death while no record is at hand counts for none."""
    for _ in range(5):
        blame = Blame(tmp_path / "at")
        blame.begin(BAD)
        blame.end()
    assert not Blame(tmp_path / "at").is_given_up(BAD)


def test_other_records_in_between_keep_the_count(tmp_path: Path) -> None:
    """The records before the bad one in its batch do not wash it clean."""
    for _ in range(3):
        blame = Blame(tmp_path / "at")
        blame.begin(GOOD)
        blame.begin(BAD)
    assert Blame(tmp_path / "at").is_given_up(BAD)


def test_a_file_of_nonsense_is_an_empty_one(tmp_path: Path) -> None:
    """Whatever stands in the file, the worker starts."""
    (tmp_path / "at").write_bytes(b"\xff\xfe nonsense" * 100)
    assert not Blame(tmp_path / "at").is_given_up(BAD)
