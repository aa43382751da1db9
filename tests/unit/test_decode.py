"""Raw bytes understood, or refused with the right reason."""

import hashlib
import json
from typing import Any

import pytest

from workers.article import MAX_HTML_CHARS, MAX_TEXT_CHARS, RawArticle, Version
from workers.decode import MAX_DEPTH, decode
from workers.errors import DeadLetterError
from workers.versions import integer_version

LEAST = {"source": "Wire", "body": "Rain."}
BIG = 10**30


def article(**fields: Any) -> RawArticle:
    return decode(json.dumps(LEAST | fields).encode())


def reason(value: bytes | None) -> str:
    with pytest.raises(DeadLetterError) as caught:
        decode(value)
    assert len(str(caught.value)) <= 500
    return caught.value.reason


def reason_of(**fields: Any) -> str:
    return reason(json.dumps(LEAST | fields).encode())


BYTES = {
    "tombstone": (None, "empty"),
    "nothing": (b"", "empty"),
    "blank": (b" ", "not-json"),
    "words": (b"not json", "not-json"),
    "cut": (b'{"source": "s", "body": "b', "not-json"),
    "two": (b"{}{}", "not-json"),
    "latin-1": (b'{"source": "s", "body": "caf\xe9"}', "not-utf8"),
    "utf-16": ('{"source": "s"}'.encode("utf-16"), "not-utf8"),
    "encoded surrogate": (b'{"source": "s", "body": "\xed\xa0\x80"}', "not-utf8"),
    "lone surrogate": (b'{"source": "s", "body": "\\ud800"}', "not-json"),
    "infinity": (b'{"source": "s", "body": "b", "x": 1e999}', "not-json"),
    "not a number": (b'{"source": "s", "body": "b", "x": NaN}', "not-json"),
    "null": (b"null", "not-an-object"),
    "array": (b"[]", "not-an-object"),
    "100,000 brackets": (b"[" * 100_000, "too-deep"),
    "100,000 braces": (b'{"a":' * 100_000, "too-deep"),
    "brackets in a field": (b'{"source": "s", "body": "b", "x": %b}' % (b"[" * 500 + b"]" * 500), "too-deep"),
    "empty object": (b"{}", "missing-field"),
    "no body": (b'{"source": "s"}', "missing-field"),
    "null body": (b'{"source": "s", "body": null}', "missing-field"),
    "no source": (b'{"body": "b"}', "missing-field"),
    "a kill of nothing": (b'{"source": "s", "pubStatus": "canceled"}', "missing-field"),
}


@pytest.mark.parametrize(("value", "expected"), BYTES.values(), ids=BYTES)
def test_bytes_that_state_no_article(value: bytes | None, expected: str) -> None:
    """They are refused with a reason, and nothing crashes."""
    assert reason(value) == expected


FIELDS = [
    ("source", 7, "wrong-type"),
    ("source", "", "bad-value"),
    ("source", " \x00 ", "bad-value"),
    ("source", "s" * 257, "over-long"),
    ("body", 7, "wrong-type"),
    ("body", ["Rain."], "wrong-type"),
    ("uri", 7, "wrong-type"),
    ("uri", "u" * 2_049, "over-long"),
    ("uri", "例" * 1_000, "over-long"),
    ("url", "http://a/" + "例" * 1_000, "over-long"),
    ("url", {"href": "x"}, "wrong-type"),
    ("headline", True, "wrong-type"),
    ("headline", "h" * 10_001, "over-long"),
    ("language", "not a language", "bad-value"),
    ("urgency", 0, "bad-value"),
    ("urgency", 10, "bad-value"),
    ("urgency", True, "wrong-type"),
    ("urgency", "3", "wrong-type"),
    ("urgency", 2.5, "wrong-type"),
    ("contentType", "application/pdf", "bad-value"),
    ("version", BIG, "bad-value"),
    ("version", 2**63, "bad-value"),
    ("version", str(2**63), "bad-value"),
    ("version", True, "wrong-type"),
    ("version", 1.5, "wrong-type"),
    ("version", [1], "wrong-type"),
    ("version", "v" * 129, "over-long"),
    ("pubStatus", "published", "bad-value"),
    ("pubStatus", False, "wrong-type"),
    ("signal", 1, "wrong-type"),
    ("firstCreated", 1_700_000_000, "wrong-type"),
    ("firstCreated", "yesterday", "bad-value"),
    ("firstCreated", "2026-11-24", "bad-value"),
    ("firstCreated", "2026-11-24T08:00:00", "bad-value"),
    ("firstCreated", "2026-02-30T08:00:00Z", "bad-value"),
    ("firstCreated", "2026-11-24T24:00:00Z", "bad-value"),
    ("versionCreated", "2026-12-31T23:59:60Z", "bad-value"),
    ("versionCreated", "10000-01-01T00:00:00Z", "bad-value"),
    ("versionCreated", "9999-12-31T23:59:59-01:00", "bad-value"),
    ("versionCreated", "0001-01-01T00:00:00+01:00", "bad-value"),
    ("versionCreated", "٢٠٢٦-11-24T08:00:00Z", "bad-value"),
]


@pytest.mark.parametrize(("name", "value", "expected"), FIELDS)
def test_fields_that_break_their_rule(name: str, value: Any, expected: str) -> None:
    """The record is refused and the message names the field."""
    with pytest.raises(DeadLetterError, match=f"`{name}`") as caught:
        article(**{name: value})
    assert caught.value.reason == expected


def test_the_least_article() -> None:
    """A source and a body are enough; its uri is a digest of both, told apart by where one ends."""
    digest = hashlib.sha256(b"4:Wire5:Rain.").hexdigest()
    assert article() == RawArticle("Wire", f"urn:sha256:{digest}", "Rain.", "text/plain")
    assert article(source="Wir", body="eRain.").uri != article().uri
    assert article(headline="H").uri == article().uri


def test_flashes_of_one_source_are_not_one_story() -> None:
    """Without a uri and a text, the headline tells them apart."""
    uris = {article(body=body, headline=headline).uri for body in ("", "1:A") for headline in ("", "A", "B")}
    assert len(uris) == 4


def test_the_uri() -> None:
    """Stated, or else the url's normal form; the url itself stays as it was."""
    url = "HTTP://A.example/x?utm_source=y#z"
    assert article(uri="story 1", url=url).uri == "urn:newswire:Wire:story%201"
    assert (article(url=url).uri, article(url=url).url) == ("http://a.example/x", url)


def test_all_fields() -> None:
    """Every field of the contract, normalised."""
    got = article(
        uri="urn:x:1", headline=" A\n\x00 B ", byline="Jo", slugline="rain", language="de_AT", urgency=3.0, version="007",
        firstCreated="1970-01-01T01:00:00.0000019+01:00", versionCreated="1969-12-31t23:59:59Z", pubStatus="Cancelled",
        signal="TEST", contentType="Text/HTML; charset=utf-8", unknown={"a": [1]}, edNote="n", expires="never", type="text",
    )  # fmt: skip
    assert (got.headline, got.byline, got.slugline, got.language, got.urgency) == ("A B", "Jo", "rain", "de-AT", 3)
    assert got.version == Version("7", integer_version(7).key)
    assert (got.first_created_us, got.version_created_us) == (1, -1_000_000)
    assert (got.pub_status, got.is_test, got.content_type) == ("canceled", True, "text/html")
    assert (got.passed_through, got.left_out) == ({"edNote": "n"}, ("expires", "type"))


def test_null_and_blank_are_absent() -> None:
    """Optional fields may be null or blank."""
    names = [
        "uri",
        "url",
        "headline",
        "byline",
        "language",
        "contentType",
        "version",
        "firstCreated",
        "pubStatus",
        "edNote",
    ]
    assert article(**dict.fromkeys(names)) == article()
    assert article(**dict.fromkeys(names[:-1], " ")) == article()
    assert article(urgency=None, signal=None) == article()


def test_a_kill_needs_no_body() -> None:
    """A uri, a url or the body of what it kills is enough."""
    kill = b'{"source": "s", "uri": "urn:x:1", "pubStatus": "canceled", "body": null}'
    assert (decode(kill).uri, decode(kill).body, decode(kill).pub_status) == ("urn:x:1", "", "canceled")
    assert article(pubStatus="canceled").uri == article().uri


def test_blank_bodies_are_understood() -> None:
    """Whether nothing is worth publishing is not decided here."""
    assert article(body="", url="http://a/").body == ""
    assert article(body=" \x01\x00 ").body == " \x01\x00 "


def test_body_limits() -> None:
    """A million characters of text, four million of HTML."""
    assert reason_of(body="x" * (MAX_TEXT_CHARS + 1)) == "over-long"
    assert reason_of(body="<p>" + "x" * MAX_HTML_CHARS) == "over-long"
    assert len(article(body="x" * MAX_TEXT_CHARS).body) == MAX_TEXT_CHARS
    assert article(body="<p>" + "x" * MAX_TEXT_CHARS).content_type == "text/html"


def test_a_byte_order_mark() -> None:
    """It is allowed in front."""
    assert decode(b"\xef\xbb\xbf" + json.dumps(LEAST).encode()) == article()


def test_depth() -> None:
    """As deep as allowed, and one deeper."""
    inner = MAX_DEPTH - 1
    assert decode(b'{"source": "Wire", "body": "Rain.", "x": %b}' % (b"[" * inner + b"]" * inner)) == article()
    assert (
        reason(b'{"source": "Wire", "body": "Rain.", "x": %b}' % (b"[" * (inner + 1) + b"]" * (inner + 1)))
        == "too-deep"
    )


@pytest.mark.parametrize(
    ("body", "guess"),
    [
        ("Plain.", "text/plain"),
        ("3 < 4 and 5 > 4", "text/plain"),
        ("He wrote <b> in his notebook, and <jo@a.example> replied.", "text/plain"),
        ("<!DOCTYPE html><html>", "text/html"),
        ("\n <p>Rain", "text/html"),
        ("Rain<br/>Snow", "text/html"),
        ("Lead <a href='x'>link</a>", "text/html"),
    ],
)
def test_content_type_guess(body: str, guess: str) -> None:
    """HTML is what begins with a tag or closes one."""
    assert article(body=body).content_type == guess
