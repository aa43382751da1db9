"""The bytes of one raw record, understood.

Strategy: parse, then read each field of the contract by its rule; what only passes through is judged by ninjs' own
schema. Law: pure, and total: for any bytes there is a RawArticle or a DeadLetterError with a reason of the closed
list, never another exception, a crash or a hang.
"""

import hashlib
import re
from typing import Any

import orjson

from workers import ninjs
from workers.article import MAX_HTML_CHARS, MAX_SOURCE_CHARS, MAX_TEXT_CHARS, MAX_URI_CHARS, PubStatus, RawArticle
from workers.contenttypes import content_type_of, guessed_content_type
from workers.errors import DeadLetterError
from workers.fields import Fields, check_length, kind_of, one_line, refuse, text
from workers.times import parse_rfc3339
from workers.uris import normalise_uri
from workers.versions import MAX_VERSION_CHARS, integer_version, string_version

MAX_DEPTH = 64
MAX_URL_CHARS = 8_192
MAX_HEADLINE_CHARS = 10_000
MAX_LINE_CHARS = 2_048
MAX_LANGUAGE_CHARS = 64

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LANGUAGE = re.compile(r"(?:[a-z]{2,8}|[ix])(?:-[a-z0-9]{1,8})*", re.IGNORECASE)
_STATUSES: dict[str, PubStatus] = {
    "usable": "usable",
    "withheld": "withheld",
    "canceled": "canceled",
    "cancelled": "canceled",
}


def decode(value: bytes | None) -> RawArticle:
    """The raw article that these bytes state.

    Raises:
        DeadLetterError: they state none; carries the reason and a message for whoever sent them.
    """
    fields = Fields(_object(value))
    source = fields.required("source", one_line, MAX_SOURCE_CHARS)
    status = fields.optional("pubStatus", _status, MAX_SOURCE_CHARS) or "usable"
    body = _body(fields, status)
    content_type = fields.optional("contentType", content_type_of, MAX_LINE_CHARS) or guessed_content_type(body)
    check_length("body", body, MAX_HTML_CHARS if content_type == "text/html" else MAX_TEXT_CHARS)
    url = fields.optional("url", text, MAX_URL_CHARS)
    passed_through, left_out = ninjs.split(fields.all)
    return RawArticle(
        source=source,
        uri=_uri(fields, url, source, body),
        body=body,
        content_type=content_type,
        pub_status=status,
        url=url,
        headline=_headline(fields) or None,
        byline=fields.optional("byline", one_line, MAX_LINE_CHARS),
        slugline=fields.optional("slugline", one_line, MAX_LINE_CHARS),
        language=fields.optional("language", _language, MAX_LANGUAGE_CHARS),
        urgency=fields.integer("urgency", 1, 9),
        version=fields.string_or_integer("version", string_version, integer_version, MAX_VERSION_CHARS),
        first_created_us=fields.optional("firstCreated", parse_rfc3339, MAX_LINE_CHARS),
        version_created_us=fields.optional("versionCreated", parse_rfc3339, MAX_LINE_CHARS),
        is_test=fields.optional("signal", str.casefold, MAX_LINE_CHARS) == "test",
        passed_through=passed_through,
        left_out=left_out,
    )


def _object(value: bytes | None) -> dict[str, Any]:
    if not value:
        raise DeadLetterError("empty", "the record has no value")
    try:
        parsed = orjson.loads(value.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError as e:
        raise _not_json(value, str(e)) from None
    if type(parsed) is not dict:
        raise DeadLetterError("not-an-object", f"the record is {kind_of(parsed)}, not an object")
    if _deeper_than(MAX_DEPTH, parsed):
        raise _too_deep()
    return parsed


def _not_json(value: bytes, problem: str) -> DeadLetterError:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError as e:
        return DeadLetterError("not-utf8", f"byte {e.start} is not UTF-8")
    # lone surrogates and numbers beyond a double are refused by the parser too: they have no text and no value
    return _too_deep() if "depth" in problem else DeadLetterError("not-json", problem[:400])


def _too_deep() -> DeadLetterError:
    return DeadLetterError("too-deep", f"arrays and objects stand in each other more than {MAX_DEPTH} deep")


def _deeper_than(limit: int, parsed: dict[str, Any]) -> bool:
    """Level by level, without recursion."""
    level: list[Any] = [parsed]
    for _ in range(limit):
        inner = [list(c.values()) if type(c) is dict else c for c in level]
        level = [v for values in inner for v in values if type(v) is dict or type(v) is list]
        if not level:
            return False
    return True


def _body(fields: Fields, status: PubStatus) -> str:
    body = fields.all.get("body")
    if body is None:
        return "" if status == "canceled" else refuse("missing-field", "body", "is missing")
    if type(body) is not str:
        refuse("wrong-type", "body", f"is {kind_of(body)}, not a string")
    return body


def _status(said: str) -> PubStatus:
    try:
        return _STATUSES[said.strip().lower()]
    except KeyError:
        raise ValueError("is none of usable, withheld, canceled") from None


def _language(said: str) -> str:
    tag = said.strip().replace("_", "-")
    if _LANGUAGE.fullmatch(tag) is None:
        raise ValueError("is not a BCP 47 language tag")
    return tag


def _uri(fields: Fields, url: str | None, source: str, body: str) -> str:
    given = fields.optional("uri", text, MAX_URI_CHARS)
    stated = given or url
    if stated is not None:
        uri = normalise_uri(stated, source)
        check_length("uri" if given else "url", uri, MAX_URI_CHARS)
        return uri
    if fields.all.get("body") is None:
        refuse("missing-field", "uri", "is missing, and there is no url and no body to tell what is canceled")
    # flashes have no text to tell them apart: two of one source are not one story
    return (
        f"urn:sha256:{_digest(source, body)}"
        if body.strip()
        else f"urn:sha256:{_digest(source, body, _headline(fields))}"
    )


def _headline(fields: Fields) -> str:
    return fields.optional("headline", one_line, MAX_HEADLINE_CHARS) or ""


def _digest(*parts: str) -> str:
    """Of all, each with its length before it, so that it matters where one ends."""
    encoded = [part.encode() for part in parts]
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in encoded)).hexdigest()
