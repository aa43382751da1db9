"""The sample feed has all that it promises, its originals are distinct, and its articles are valid where they should be."""

import json
from collections import Counter
from itertools import combinations
from pathlib import Path

import jsonschema
import pytest

from workers import decode
from workers.demo import judge
from workers.demo.exchange import Arrival
from workers.demo.feed import samples
from workers.demo.sample import Sample
from workers.errors import DeadLetterError
from workers.wire import Entry

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/raw.v1.schema.json").read_bytes())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
FEED = samples()
ARTICLES = [sample for sample in FEED if not isinstance(sample.raw, bytes)]
KINDS = [
    "original", "exact copy", "edited copy", "shortened copy", "excerpt", "copy under", "body twice", "web page",
    "mojibake", "Japanese", "Chinese", "correction", "version 10", "version 3, late", "KILL", "copy of the killed",
    "write-thru", "resend", "flash", "embargoed", "withheld", "let go", "a test item", "cookie wall", "emptied",
    "no JSON", "no UTF-8", "a number for a body", "no body", "100,000 brackets", "nothing at all",
]  # fmt: skip


def _id(sample: Sample) -> str:
    return f"{sample.source} {sample.what}"[:60]


def test_it_is_large_enough() -> None:
    """At least 60 records from six outlets, with every outcome among them."""
    assert len(FEED) >= 60
    assert len({sample.source for sample in ARTICLES if sample.outcome != "dead_letter"}) >= 6
    assert set(Counter(sample.outcome for sample in FEED)) == {
        "new", "update", "cancel", "duplicate", "rejected", "dead_letter",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_present(kind: str) -> None:
    assert any(kind in sample.what for sample in FEED)


def test_originals_are_distinct() -> None:
    """What should be new shares no more than a few runs of five words with anything else that should be."""
    originals = [sample for sample in ARTICLES if sample.outcome == "new" and "quotes it" not in sample.what]
    runs = {_id(s): _runs(str(s.value.decode())) for s in originals}
    for (name, one), (other_name, other) in combinations(runs.items(), 2):
        assert len(one & other) <= 0.2 * min(len(one), len(other)), (name, other_name)


def _runs(text: str) -> set[str]:
    words = json.loads(text)["body"].split()
    return {" ".join(words[i : i + 5]) for i in range(len(words) - 4)} or {text}


def test_copies_and_corrections_come_after_what_they_refer_to() -> None:
    seen: set[object] = set()
    for sample in ARTICLES:
        if sample.of is not None:
            assert sample.of in seen, _id(sample)
        if sample.outcome in {"new", "update", "cancel"}:
            assert isinstance(sample.raw, dict)
            seen.add(sample.raw["uri"])


@pytest.mark.parametrize("sample", [s for s in ARTICLES if s.outcome != "dead_letter"], ids=_id)
def test_articles_are_valid(sample: Sample) -> None:
    """What is to be understood keeps to the closed schema for producers, formats checked."""
    assert not [f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(json.loads(sample.value))]
    decode.decode(sample.value)


@pytest.mark.parametrize("sample", [s for s in FEED if s.outcome == "dead_letter"], ids=_id)
def test_bad_input_is_dead_lettered_for_the_reason_given(sample: Sample) -> None:
    with pytest.raises(DeadLetterError) as caught:
        decode.decode(sample.value)
    assert caught.value.reason in sample.why


def _as_expected(sample: Sample) -> Arrival:
    relation = sample.why[0] if sample.why else ""
    return Arrival("any", Entry(sample.outcome, "", "", "", relation=relation, of=sample.of, text=sample.text or ""))


def test_a_perfect_run_is_judged_right() -> None:
    origins = [str(number) for number in range(len(FEED))]
    found = {origin: [_as_expected(sample)] for origin, sample in zip(origins, FEED, strict=True)}
    figures = judge.figures(judge.judge(FEED, origins, found), found, 1.0)
    assert (figures["sent"], figures["missing"], figures["doubled"], figures["wrong"]) == (len(FEED), 0, 0, 0)
    assert sum(figures[name] for name in ("new", "update", "cancel", "duplicate", "rejected", "dead_letter")) == len(
        FEED
    )


def test_what_is_missing_doubled_wrong_or_strange_is_counted() -> None:
    """One of each: nothing, twice, a copy that came through as new, a record of an unknown origin."""
    origins = [str(number) for number in range(len(FEED))]
    found = {origin: [_as_expected(sample)] for origin, sample in zip(origins, FEED, strict=True)}
    del found["0"]
    found["1"] *= 2
    found["2"] = [Arrival("clean", Entry("new", "", "", ""))]
    found["elsewhere/0/0"] = [Arrival("clean", Entry("new", "", "", ""))]
    results = judge.judge(FEED, origins, found)
    figures = judge.figures(results, found, 1.0)
    assert (figures["missing"], figures["doubled"], figures["wrong"]) == (1, 2, 1)
    assert [bool(result.problem) for result in results[:4]] == [True, True, True, False]
