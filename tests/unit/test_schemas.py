"""The schemas, the examples and the code say the same, by two validators, formats checked."""

import json
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jsonschema
import jsonschema_rs
import orjson
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from workers import article, decode, encode, ninjs, versions
from workers.article import RawArticle
from workers.errors import DeadLetterError
from workers.outcome import (
    CleanText,
    DeadLetterReason,
    Decision,
    Origin,
    OutputRecord,
    RejectionReason,
    Relation,
    Removed,
    Verdict,
)

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "schemas/examples").glob("*.json"))
OFFICIAL = ROOT.parent / "shared/data/ninjs-schema_3.1.json"
OUTPUTS = ["clean", "duplicates", "rejected"]
SCHEMA_OF = {f"news.{name}.v1": name for name in ["raw", *OUTPUTS]}


@cache
def schema(name: str) -> Any:
    return json.loads((ROOT / f"schemas/{name}.v1.schema.json").read_bytes())


@cache
def validators(name: str) -> tuple[Any, Any]:
    """Both, neither of which may fetch anything."""
    if name == "ninjs":
        known = [(uri, ninjs.vendored(f)) for uri, f in ninjs.FILES.items()]
        registry: Any = Registry().with_resources([(uri, DRAFT202012.create_resource(s)) for uri, s in known])
        checker = jsonschema.Draft202012Validator(
            {"$ref": ninjs.NINJS_ID}, registry=registry, format_checker=jsonschema.FormatChecker()
        )
        return checker, jsonschema_rs.Draft202012Validator(
            {"$ref": ninjs.NINJS_ID}, registry=ninjs.registry(), validate_formats=True
        )
    checker = jsonschema.Draft202012Validator(schema(name), format_checker=jsonschema.FormatChecker())
    return checker, jsonschema_rs.Draft202012Validator(schema(name), validate_formats=True)


def problems(name: str, value: Any) -> list[str]:
    python, rust = validators(name)
    return [f"{e.json_path}: {e.message}" for e in python.iter_errors(value)] + [
        str(e) for e in rust.iter_errors(value)
    ]


def accepted(name: str, value: Any) -> bool:
    return all(validator.is_valid(value) for validator in validators(name))


@pytest.mark.parametrize("name", ["raw", "headers", *OUTPUTS])
def test_schemas_are_schemas(name: str) -> None:
    """Of JSON Schema 2020-12, with formats that both validators know."""
    jsonschema.Draft202012Validator.check_schema(schema(name))
    assert jsonschema.FormatChecker().checkers.keys() >= {"date-time", "uri", "uri-reference"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples(path: Path) -> None:
    """Every example is valid: value, headers and key."""
    record = json.loads(path.read_bytes())
    if record["topic"] == "news.raw.v1":
        assert not problems("raw", record["value"])
        assert record["key"] == decode.decode(orjson.dumps(record["value"])).uri
        return
    assert not problems("headers", record["headers"])
    if record["topic"] == "news.dlq.v1":
        with pytest.raises(DeadLetterError, match=record["headers"]["dlq-message"]):
            decode.decode(record["value"].encode())
        return
    assert not problems(SCHEMA_OF[record["topic"]], record["value"])
    assert not problems("ninjs", record["value"]["item"])


def test_an_example_of_each_message() -> None:
    """No topic and no verdict of the clean topic is without one."""
    records = [json.loads(path.read_bytes()) for path in EXAMPLES]
    assert {r["topic"] for r in records} == {"news.dlq.v1", *SCHEMA_OF}
    assert {r["value"]["dedup"]["verdict"] for r in records if r["topic"] == "news.clean.v1"} == {
        "new",
        "update",
        "cancel",
    }


def test_formats_are_checked() -> None:
    """A date that is none, and a uri that is none, are found by both validators."""
    least = {"source": "s", "body": "b"}
    item = {"uri": "not a uri", "firstCreated": "yesterday"}
    for validator in validators("raw"):
        assert not validator.is_valid(least | {"firstCreated": "2026-02-30T00:00:00Z"})
    for validator in validators("ninjs"):
        assert len(list(validator.iter_errors(item))) == 2


def test_producers_find_misspelt_fields_and_consumers_stand_new_ones() -> None:
    """The producers' schema is closed, the consumers' are open at every level."""
    assert not accepted("raw", {"source": "s", "body": "b", "headlin": "h"})
    for path in EXAMPLES:
        record = json.loads(path.read_bytes())
        name = SCHEMA_OF.get(record["topic"], "raw")
        if name != "raw":
            wider = {k: v | {"added": 1} for k, v in record["value"].items()} | {"added": 1}
            assert not problems(name, wider)


def test_what_the_output_schemas_share_is_the_same() -> None:
    """One item, one cleaning, one provenance."""
    for part in ["uri", "time", "item", "cleaning", "provenance"]:
        assert len({json.dumps(schema(name)["$defs"][part]) for name in OUTPUTS}) == 1


def test_the_vendored_schema_is_the_official_one() -> None:
    """Byte for byte, where the official one is at hand."""
    if not OFFICIAL.exists():
        pytest.skip("the official schema is not here")
    assert (ROOT / "workers/vendor/ninjs-schema_3.1.json").read_bytes() == OFFICIAL.read_bytes()


def test_limits_and_codes_are_those_of_the_code() -> None:
    """What stands in a schema and in the code is the same number or list."""
    raw, limits = schema("raw"), schema("raw")["properties"]
    assert limits["source"]["maxLength"] == article.MAX_SOURCE_CHARS
    assert limits["uri"]["maxLength"] == article.MAX_URI_CHARS
    assert limits["url"]["maxLength"] == decode.MAX_URL_CHARS
    assert limits["headline"]["maxLength"] == decode.MAX_HEADLINE_CHARS
    assert limits["byline"]["maxLength"] == limits["slugline"]["maxLength"] == decode.MAX_LINE_CHARS
    assert limits["language"]["maxLength"] == decode.MAX_LANGUAGE_CHARS
    assert limits["version"]["anyOf"][0]["maxLength"] == versions.MAX_VERSION_CHARS
    assert limits["version"]["anyOf"][1]["maximum"] == versions.MAX_INTEGER
    assert raw["allOf"][1]["then"]["properties"]["body"]["maxLength"] == article.MAX_HTML_CHARS
    assert raw["allOf"][1]["else"]["properties"]["body"]["maxLength"] == article.MAX_TEXT_CHARS
    assert set(limits) >= ninjs.PASSED_THROUGH
    assert not set(limits) & ninjs.NOT_TAKEN
    dedup = schema("clean")["$defs"]["dedup"]["properties"]
    assert dedup["relation"]["enum"] == [*get_args(Relation), None]
    assert dedup["family"]["maxItems"] == encode.MAX_FAMILY
    assert set(schema("rejected")["$defs"]["rejection"]["properties"]["reason"]["examples"]) == set(
        get_args(RejectionReason)
    )
    assert schema("headers")["$defs"]["deadLetter"]["properties"]["dlq-reason"]["enum"] == list(
        get_args(DeadLetterReason)
    )


ARTICLES: list[dict[str, Any]] = [
    {"source": "Wire", "body": "Rain."},
    {"source": "例", "body": "雨。", "uri": "記事 1", "url": "https://例え.テスト/記事?utm_source=x", "language": "ja"},
    {
        "source": "Wire",
        "headline": "Flash",
        "body": "",
        "urgency": 1,
        "uri": "a:b",
        "embargoedUntil": "2026-11-25T00:00:00Z",
    },
    {
        "source": "Wire",
        "body": "x",
        "uri": "http://a.example/%",
        "firstCreated": "0001-01-02T00:00:00+23:59",
        "title": "T",
    },
    {"source": "Wire", "body": "x", "pubStatus": "withheld", "version": "1.2-b", "places": [{"name": "Oslo"}]},
    {"source": "Wire", "uri": "urn:x:1", "pubStatus": "cancelled"},
]
PAGE = CleanText("Rain fell.", (Removed("ad", 3, "Ad!"),), None, "Page", "By", "en", 0, 1)


def record_of(raw: RawArticle, verdict: Verdict) -> OutputRecord:
    decision = Decision(verdict, raw.uri, "urn:x:2", "near", "too-short", 2, 0.5, 1.0, 0.0, 9, ("urn:x:3",))
    prepared = encode.prepare(raw, PAGE, 16 << 20)
    return encode.finish(prepared, decision, Origin("news.raw.v1", 0, 0), [("x", b"y")], 0, 1, "m", "c")


POSSIBLE: dict[str, tuple[Verdict, ...]] = {
    "usable": ("new", "update", "duplicate", "rejected"),
    "withheld": ("cancel", "rejected"),
    "cancelled": ("cancel", "duplicate", "rejected"),
}
COMING = [(fields, verdict) for fields in ARTICLES for verdict in POSSIBLE[str(fields.get("pubStatus", "usable"))]]


@pytest.mark.parametrize(("fields", "verdict"), COMING, ids=range(len(COMING)))
def test_outputs(fields: dict[str, Any], verdict: Verdict) -> None:
    """Whatever the verdict, value, headers and item are valid."""
    raw = decode.decode(orjson.dumps(fields))
    record = record_of(raw, verdict)
    value = orjson.loads(record.value)
    assert not problems(record.role, value)
    assert not problems("headers", {name: content.decode() for name, content in record.headers})
    assert not problems("ninjs", value["item"])


def test_dead_letters() -> None:
    """The headers of every kind of dead letter are valid."""
    for reason in get_args(DeadLetterReason):
        record = encode.dead_letter(reason, "m", Origin("t", 0, 0), b"k" * 99_999, b"v", [("ce_id", b"1")], -1, 99_999)
        assert not problems("headers", {name: content.decode() for name, content in record.headers})


def test_an_article_header_is_no_dead_letter() -> None:
    """The two kinds of headers cannot be taken for each other."""
    record = record_of(decode.decode(orjson.dumps(ARTICLES[0])), "new")
    headers = {name: content.decode() for name, content in record.headers}
    assert accepted("headers", headers)
    assert not accepted("headers", headers | {"content-type": "application/octet-stream"})
