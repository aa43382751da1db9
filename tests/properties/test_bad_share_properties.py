"""Where a worker stops at bad records depends on the records alone: not on batches, nor on how often it was started."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.bad_share import BadShare, recent_of, to_metadata
from workers.errors import TooManyBad
from workers.outcome import Origin, OutputRecord
from workers.prepare import RawRecord
from workers.settings import load

OVER = 10
METADATA_MAX_CHARS = 4_096
"""What Kafka takes with an offset, unless it is told otherwise."""


def work(fates: str, first: int) -> list[tuple[RawRecord, Any]]:
    """Records as they are prepared: a dead letter for each 1."""
    records = [RawRecord(Origin("raw", 0, first + n), None, b"", (), 0) for n in range(len(fates))]
    headers = (("dlq-reason", b"not-json"), ("dlq-message", b"it is none"))
    letter, article = OutputRecord("dlq", None, b"", headers), OutputRecord("rejected", None, b"", ())
    return [(record, letter if fate == "1" else article) for record, fate in zip(records, fates, strict=True)]


def stop_of(fates: str, cuts: list[int], share: float = 0.5) -> int | None:
    """The offset at which workers stop that hand over what is recent in Kafka's metadata; each batch is tried twice."""
    limit, metadata, at = BadShare(load(bad_share_max=share, bad_share_over=OVER)), "", 0
    for end in [*sorted(cuts), len(fates)]:
        batch = work(fates[at:end], at)
        try:
            assert limit.after(recent_of(metadata), batch) == limit.after(recent_of(metadata), batch)
            metadata, at = to_metadata(limit.after(recent_of(metadata), batch)), max(at, end)
        except TooManyBad as e:
            return int(str(e).rsplit(" ", 1)[1])
    return None


def stop_by_counting(fates: str, share: float = 0.5) -> int | None:
    """The same, by the rule as it is told to people."""
    for at in range(OVER - 1, len(fates)):
        if fates[at] == "1" and fates[at - OVER + 1 : at + 1].count("1") > share * OVER:
            return at
    return None


@given(st.text("01", max_size=60), st.lists(st.integers(0, 60), max_size=12))
def test_batches_do_not_matter(fates: str, cuts: list[int]) -> None:
    """The first bad record that makes too many of the last ten."""
    within = [cut for cut in cuts if cut <= len(fates)]
    assert stop_of(fates, within) == stop_by_counting(fates)


@given(st.text("01", max_size=60))
def test_at_a_share_of_1_nothing_stops_and_nothing_is_kept(fates: str) -> None:
    """So that the count begins anew when there is a limit again."""
    assert stop_of(fates, [], share=1.0) is None
    assert BadShare(load(bad_share_max=1.0)).after("1" * 9, work(fates, 0)) == ""


@given(st.text("01", max_size=10_000))
def test_metadata_tells_what_was_put_in(recent: str) -> None:
    assert recent_of(to_metadata(recent)) == recent


def test_metadata_fits() -> None:
    assert len(to_metadata("1" * 10_000)) < METADATA_MAX_CHARS


@pytest.mark.parametrize(
    "metadata", ["", "recent=", "recent=0", "recent=xyz", "another program's", "recent=15\n", "recent=" + "f" * 3_000]
)
def test_what_others_commit_tells_nothing(metadata: str) -> None:
    assert recent_of(metadata) == ""
