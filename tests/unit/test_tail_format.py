"""A line of `newswire tail` says what happened, and a hostile headline cannot do anything to the terminal."""

import json
from typing import Any

import pytest

from workers.commands.tail import as_json, line
from workers.kafka_io import Record
from workers.terminal import plain
from workers.wire import read

HOSTILE = [
    "\x1b[2J\x1b[1;1Hcleared",
    "\x1b]0;owned\x07title",
    "\x9b31mred",
    "two\nlines\r\x0bof\u2028it",
    "\u202eLLIK\u202c of a story",
    "\u2066isolated\u2069",
    "bell\x07 and back\x08\x08\x7f",
    "lone \ud800 surrogate",
    "tag \U000e0041\U000e0042",
    "nul\x00l",
]


def record(role: str, verdict: str, headline: str = "A headline", **dedup: Any) -> Record:
    envelope: dict[str, Any] = {
        "item": {
            "uri": "https://example.com/1",
            "infoSources": [{"name": dedup.pop("source", "Harbour Gazette")}],
            "headlines": [{"role": "main", "value": headline}],
            "bodies": [{"role": "main", "value": "Text."}],
        }
    }
    if role == "rejected":
        envelope["rejection"] = {"reason": verdict, "of": None}
    else:
        envelope["dedup"] = {"verdict": verdict, "of": None, "relation": None, "revision": 1, **dedup}
    return Record(role, f"news.{role}.v1", 0, 7, 1_790_000_000_000, None, json.dumps(envelope).encode(), {})


@pytest.mark.parametrize("headline", HOSTILE)
def test_a_hostile_headline_stays_on_its_line(headline: str) -> None:
    """Nothing that a terminal obeys is left: every character shown is visible."""
    assert plain(headline).isprintable()
    sent = headline.replace("\ud800", "")  # no JSON value can carry it this far
    assert line(record("clean", "new", sent, source=sent), 200).plain.isprintable()


def test_plain_text_is_left_alone() -> None:
    """Accents, quotes, other scripts, joiners that spelling needs."""
    for text in ("Élodie’s “Tidal” – 60 %", "河辺市、路面電車", "می\u200cخواهم", "👩\u200d🚒 fire"):
        assert plain(text) == text


def test_marks_do_not_pile_up() -> None:
    assert len(plain("Z" + "\u0336" * 100)) < 10


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_line_fits(width: int) -> None:
    shown = line(record("duplicates", "duplicate", "河" * 100, relation="near", of="urn:example:x"), width)
    assert shown.cell_len <= width


@pytest.mark.parametrize(("verdict", "sign"), [("new", "NEW"), ("update", "UPDATE"), ("cancel", "CANCEL")])
def test_verdicts_are_unmistakable(verdict: str, sign: str) -> None:
    """In words, and not only in colour."""
    assert sign in line(record("clean", verdict), 120).plain


def test_a_revision_is_numbered() -> None:
    shown = line(record("clean", "update", relation="revision", revision=3), 120).plain
    assert "revision 3" in shown


def test_a_copy_names_what_it_copies_and_how_much_of_it_was_known() -> None:
    copy = record("duplicates", "duplicate", relation="excerpt", of="urn:example:x", containment=0.934)
    shown = line(copy, 160).plain
    assert "excerpt, 93% known, of urn:example:x" in shown


def test_a_rejection_and_a_dead_letter_give_their_reasons() -> None:
    dead = Record("dlq", "t", 0, 1, 0, None, b"<rss\x1b[2J>", {"dlq-reason": b"not-json", "dlq-message": b"it is XML"})
    assert "boilerplate-only" in line(record("rejected", "boilerplate-only"), 120).plain
    shown = line(dead, 120).plain
    assert "not-json: it is XML" in shown
    assert "<rss\\x1b[2J>" in shown


def test_json_lines_are_the_values_themselves() -> None:
    one = record("clean", "new")
    assert as_json(one) == one.value


def test_a_dead_letter_as_json_keeps_its_bytes() -> None:
    dead = Record(
        "dlq",
        "t",
        0,
        1,
        0,
        None,
        b"\xff\n",
        {"dlq-reason": b"not-utf8", "origin": b"t/0/1", "traceparent": b"x", "replay-of": b"t/0/0"},
    )
    assert json.loads(as_json(dead)) == {
        "deadLetter": {"dlq-reason": "not-utf8", "origin": "t/0/1", "replay-of": "t/0/0", "value_b64": "/wo="}
    }


def test_an_article_without_a_headline_shows_the_beginning_of_its_text() -> None:
    bare = record("clean", "new")
    envelope = json.loads(bare.value)
    del envelope["item"]["headlines"]
    assert read("clean", json.dumps(envelope).encode(), {}).headline == "Text."
