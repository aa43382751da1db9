"""What `newswire why` makes of what it finds: which outcome it explains, with which text, how far from which threshold."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import workers
from workers.cli import run as newswire
from workers.commands.why import read_article
from workers.errors import NewswireError
from workers.kafka_io import Record
from workers.look import State, read_look
from workers.settings import load
from workers.why import show, views
from workers.why.evidence import FEW_HASHES, LEAST_HASHES, Limits, as_it_stood, explain, telling
from workers.why.outcomes import Outcome, from_record
from workers.why.search import Found, is_alike, mentioned
from workers.why.summary import in_short

LIMITS = Limits(
    duplicate_containment=0.68, write_thru_containment=0.7, few_shingles=16, few_jaccard=0.9, few_containment=0.85
)
TEXT = " ".join(f"word{n}" for n in range(60))


def outcome(
    verdict: str, uri: str = "urn:a", minute: int = 0, *, text: str = TEXT, of: str | None = None, **dedup: Any
) -> Outcome:
    """An outcome as it is read from its topic."""
    item: dict[str, Any] = {"uri": uri, "headlines": [{"role": "main", "value": f"About {uri}"}]}
    item |= {"infoSources": [{"name": "Gazette"}], "bodies": [{"role": "main", "value": text}] if text else []}
    said = {"verdict": verdict, "story": uri, "of": of, "relation": None, "revision": 1, **dedup}
    rejected = verdict == "rejected"
    value = {
        "item": item,
        "rejection" if rejected else "dedup": {"reason": dedup.get("reason"), "of": of} if rejected else said,
        "cleaning": {"removed": [{"kind": "related", "chars": 12, "text": "\x1b[2JRead also"}], "removedChars": 12},
        "provenance": {"receivedAt": f"2026-05-01T10:{minute:02}:00Z", "publishedAt": f"2026-05-01T10:{minute:02}:01Z"},
    }
    role = {"duplicate": "duplicates", "rejected": "rejected"}.get(verdict, "clean")
    headers = {"origin": f"raw/0/{minute}".encode()}
    return from_record(Record(role, f"t.{role}", 0, minute, 0, b"", json.dumps(value).encode(), headers))


NEW = outcome("new", "urn:original", 1)
COPY = outcome(
    "duplicate", of="urn:original", minute=5, relation="near", jaccard=0.9, containment=0.93, containmentOf=0.95
)


def shown(parts: Any, width: int = 100) -> str:
    console = Console(width=width, file=None, highlight=False)
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return capture.get()


def test_a_copy_of_another_article_is_what_wants_explaining() -> None:
    resend = outcome("duplicate", of="urn:a", minute=9, relation="resend")
    revision = outcome("update", of="urn:a", minute=7, relation="revision")
    assert telling([COPY, revision, resend]) is COPY
    assert telling([NEW, revision, resend]) is revision
    assert telling([NEW, resend]) is resend
    assert telling([NEW]) is None


def test_a_copy_is_compared_with_the_text_that_stood_then() -> None:
    later = outcome("update", "urn:original", 8, of="urn:original", relation="revision", revision=2)
    kill = outcome("cancel", "urn:original", 9, text="", of="urn:original", relation="cancel")
    published = {"urn:original": [NEW, later, kill]}
    assert as_it_stood(COPY, published) is NEW
    evidence = explain(COPY, "urn:original", NEW, published, LIMITS)
    assert evidence.killed
    assert evidence.overlap is not None
    assert evidence.overlap.containment == 1


def test_the_distance_from_the_threshold_is_by_the_figures_of_the_decision() -> None:
    (threshold,) = explain(COPY, "urn:original", NEW, {}, LIMITS).thresholds
    assert (threshold.figure, threshold.value, threshold.limit) == ("containment", 0.93, 0.68)
    assert threshold.distance == pytest.approx(0.25)


def test_what_is_published_has_two_thresholds() -> None:
    related = outcome("new", of="urn:o", relation="related", jaccard=0.3, containment=0.4, containmentOf=0.8)
    assert [t.figure for t in explain(related, "urn:o", None, {}, LIMITS).thresholds] == [
        "containment",
        "containmentOf",
    ]


def test_an_excerpt_of_which_few_hashes_compare_must_be_clear() -> None:
    """An article of tens of thousands of words keeps few hashes at the level at which a short one is compared with it."""
    long = outcome("new", "urn:o", text=" ".join(f"w{n}" for n in range(40_000)))
    short = outcome(
        "duplicate",
        of="urn:o",
        relation="excerpt",
        text=" ".join(f"w{n}" for n in range(60)),
        jaccard=0.1,
        containment=0.9,
        containmentOf=0.01,
    )
    (threshold,) = explain(short, "urn:o", long, {}, LIMITS).thresholds
    assert (threshold.limit, threshold.setting) == (0.85, "")
    assert "hashes" in threshold.because


def test_the_numbers_of_hashes_are_those_of_the_script() -> None:
    script = (Path(workers.__file__).parent / "lua/verdicts.lua").read_text()
    assert f"d.compared < {LEAST_HASHES} then return false" in script
    assert f"d.compared < {FEW_HASHES} and math.max" in script


def test_a_short_text_must_be_alike_as_a_whole() -> None:
    short = outcome(
        "duplicate", of="urn:o", text="only a few words here, no more", jaccard=0.95, containment=1, containmentOf=0.95
    )
    assert [(t.figure, t.limit) for t in explain(short, "urn:o", None, {}, LIMITS).thresholds] == [("jaccard", 0.9)]


@pytest.mark.parametrize(
    ("became", "told"),
    [
        (COPY, "A copy of “About urn:original” (Gazette): 93% of it stands there already."),
        (outcome("duplicate", of="urn:a", relation="resend"), "The same article again"),
        (outcome("rejected", reason="boilerplate-only"), "nothing was left of it"),
        (outcome("rejected", reason="copy-of-canceled", of="urn:original"), "a copy of an article that was killed"),
        (outcome("cancel", text="", of="urn:a", relation="cancel"), "A kill"),
        (outcome("update", of="urn:a", relation="revision"), "its text differs"),
        (outcome("new"), "nothing like it is known"),
        (outcome("new", containment=0.2, containmentOf=0.1, jaccard=0.1), "no more than 20%"),
    ],
)
def test_an_outcome_in_one_sentence(became: Outcome, told: str) -> None:
    assert told in in_short(became, NEW)


@pytest.mark.parametrize("width", [80, 140])
def test_a_uri_for_the_eye(width: int) -> None:
    """All that matters is there, within the width, and nothing that would move the cursor."""
    found = Found(own=[COPY], others={"urn:original": [NEW]}, copies=[outcome("duplicate", "urn:z", 8, of="urn:a")])
    evidence = explain(COPY, "urn:original", NEW, found.others, LIMITS)
    state = State("duplicate", 0, None, None)
    text = shown(views.uri_for_the_eye(load(), "urn:a", state, found, evidence, ""), width)
    for part in (
        "kept out as a copy",
        "93% known",
        "urn:original",
        "a copy from 68%",
        "Shared passages",
        "Read also",
        "urn:z",
    ):
        assert part in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= width


def test_nothing_known_says_what_to_look_at() -> None:
    found = Found(alike={"http://a.example/b"})
    text = shown(views.uri_for_the_eye(load(), "https://a.example/b", None, found, None, ""))
    assert "not known to the index" in text
    assert "newswire why http://a.example/b" in text
    assert "news.raw.v1" in text


def test_a_look_is_read_with_versions_as_people_write_them() -> None:
    answer = {
        "state": {"status": "p", "revision": 2, "version": "i800000000000000a", "created": -1, "seq": 7},
        "decision": {"verdict": "new", "story": "urn:a", "revision": 1},
        "nearest": {},
    }
    look = read_look(json.dumps(answer).encode())
    assert look.state == State("published", 2, "10", None)
    assert (look.decision.verdict, look.nearest) == ("new", ())


def record(key: bytes | None, value: bytes) -> Record:
    return Record("dlq", "dlq", 0, 0, 0, key, value, {})


@pytest.mark.parametrize(
    ("value", "is_meant"),
    [
        (b'{"uri": "https://a.example/b"', True),
        (b'{"uri": "https:\\/\\/a.example\\/b"', True),
        (b'{"uri": "https://a.example/bc"', False),
        (b"\xff\xfe", False),
    ],
)
def test_dead_letters_that_mention_a_uri(value: bytes, is_meant: bool) -> None:
    uri = "https://a.example/b"
    assert mentioned(uri, uri)(record(None, value)) is is_meant
    assert mentioned(uri, uri)(record(uri.encode(), b""))


@pytest.mark.parametrize("given", ["http://www.a.example/B/", "a.example/b", "https://a.example/b?x=1"])
def test_other_spellings_are_offered(given: str) -> None:
    assert is_alike(b"https://a.example/b", given)
    assert not is_alike(b"https://a.example/c", given)
    assert is_alike(b"urn:newswire:Gazette:42", "42")


def test_a_file_is_an_article_or_a_text(tmp_path: Path) -> None:
    article, text, many = tmp_path / "a.json.gz", tmp_path / "a.txt", tmp_path / "many.jsonl"
    article.write_bytes(gzip.compress(b'{"source": "x", "body": "y"}'))
    text.write_text("Some text, no JSON.")
    many.write_text('{"source": "x"}\n{"source": "y"}\n')
    assert json.loads(read_article(str(article), None)) == {"source": "x", "body": "y"}
    assert json.loads(read_article(str(article), "Gazette"))["source"] == "Gazette"
    assert json.loads(read_article(str(text), None))["body"] == "Some text, no JSON."
    for file, told in ((many, "2 articles"), (tmp_path / "none", "No such file")):
        with pytest.raises(NewswireError, match=told):
            read_article(str(file), None)


@pytest.mark.parametrize("arguments", [["why"], ["why", "urn:a", "--file", "-"]])
def test_either_a_uri_or_a_file(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert newswire(arguments) == 2
    assert "either a uri or a file" in capsys.readouterr().err


def test_numbers_of_things() -> None:
    assert [show.count(1, "word"), show.count(2_000, "word")] == ["1 word", "2,000 words"]


def test_a_replay_is_told() -> None:
    """Of an article, and of a dead letter that failed again."""
    again = Record("dlq", "dlq", 0, 0, 0, None, b"<rss>", {"origin": b"raw/0/9", "replay-of": b"raw/0/5"})
    for one in (from_record(again), replace(COPY, replay_of="raw/0/5")):
        assert one.as_json()["replayOf"] == "raw/0/5"
        assert "a replay of raw/0/5" in shown([show.history([one])])
    assert "replayOf" not in COPY.as_json()
