"""For any input: an article or a dead letter, and from an article whatever the contract promises."""

from typing import Any

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from workers import ninjs
from workers.article import MAX_URI_CHARS, RawArticle
from workers.decode import decode
from workers.encode import build_item, prepare
from workers.errors import DeadLetterError
from workers.outcome import CleanText

TABLE = ["source", "body", "uri", "url", "headline", "byline", "slugline", "language", "urgency", "contentType", "version",
         "firstCreated", "versionCreated", "pubStatus", "signal"]  # fmt: skip
NAMES = st.sampled_from(TABLE + sorted(ninjs.PASSED_THROUGH | ninjs.NOT_TAKEN)) | st.text(max_size=5)
NUMBERS = st.integers(-(2**64), 2**64) | st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.sampled_from(
    ["canceled", "withheld", "test", "en", "text/html", "2026-11-24T08:00:00Z", "http://a.example/b", "7"]
)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=40) | WORDS
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(NAMES, v, max_size=3), max_leaves=6)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=12)
ARTICLES = st.tuples(
    st.fixed_dictionaries({"source": st.text(min_size=1, max_size=9), "body": st.text(max_size=60)}), OBJECTS
)


def understood(value: bytes | None) -> RawArticle | None:
    try:
        return decode(value)
    except DeadLetterError as e:
        message = str(e)
    assert len(message) <= 500
    return None


def dumped(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # a whole number beyond 64 bits, which JSON has and orjson does not write
        return str(value).encode("utf-8", "replace")


def hold_to_the_contract(article: RawArticle) -> None:
    assert 1 <= len(article.source) <= 256
    assert article.uri.isascii()
    assert len(article.uri) <= MAX_URI_CHARS
    assert article.urgency is None or 1 <= article.urgency <= 9
    cleaned = CleanText(article.body)
    assert ninjs.is_valid_item(build_item(article, cleaned)), build_item(article, cleaned)
    prepare(article, cleaned, 16 << 20)


@given(st.binary(max_size=200) | st.none())
@example(b"\x00")
def test_any_bytes(value: bytes | None) -> None:
    """Arbitrary bytes never raise anything but DeadLetterError."""
    understood(value)


@given(VALUES)
def test_any_json(value: Any) -> None:
    """Arbitrary JSON never raises anything but DeadLetterError."""
    understood(dumped(value))


@given(ARTICLES)
def test_any_article(parts: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Whatever else an article states, its item is valid ninjs 3.1 and can be prepared."""
    least, more = parts
    article = understood(dumped(more | least))
    if article is not None:
        hold_to_the_contract(article)


@given(st.text(max_size=40), st.data())
def test_cut_and_stained(text: str, data: st.DataObject) -> None:
    """A record cut anywhere, or with a byte changed anywhere, is an article or a dead letter."""
    value = orjson.dumps({"source": "s", "uri": "http://a.example/é", "body": text, "version": "1.2"})
    at = data.draw(st.integers(0, len(value) - 1))
    understood(value[:at])
    understood(value[:at] + data.draw(st.binary(min_size=1, max_size=1)) + value[at + 1 :])
