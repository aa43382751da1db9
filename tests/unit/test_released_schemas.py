"""Against every released version of the contract, the schemas of today only add what is optional."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from tests.contract.compatible import Side, breaks
from workers import decode, headers

SCHEMAS = Path(__file__).parents[2] / "schemas"
RELEASED = SCHEMAS / "released"
SUMS = RELEASED / "SHA256SUMS"
END = ".v1.schema.json"


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


VERSIONS = sorted((folder.name for folder in RELEASED.iterdir() if folder.is_dir()), key=number)
LATEST, CURRENT = VERSIONS[-1], headers.SCHEMA_VERSION.decode()
PAIRS = [(v, f.name.removesuffix(END)) for v in VERSIONS for f in sorted((RELEASED / v).glob(f"*{END}"))]


@cache
def schema(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}{END}").read_bytes())


def side_of(name: str) -> Side:
    return "producers" if name == "raw" else "consumers"


def valid(folder: Path, name: str, value: Any) -> bool:
    return jsonschema_rs.Draft202012Validator(schema(folder, name), validate_formats=True).is_valid(value)


def examples(folder: Path) -> list[Any]:
    return [json.loads(path.read_bytes()) for path in sorted((folder / "examples").glob("*.json"))]


@pytest.mark.parametrize(("version", "name"), PAIRS)
def test_only_optional_additions(version: str, name: str) -> None:
    """Else it is version 2 of the contract, on topics of its own."""
    assert (SCHEMAS / f"{name}{END}").exists()
    assert not breaks(schema(RELEASED / version, name), schema(SCHEMAS, name), side_of(name))


@pytest.mark.parametrize(
    ("older", "newer"), [(SCHEMAS, RELEASED / v) for v in VERSIONS] + [(RELEASED / v, SCHEMAS) for v in VERSIONS]
)
def test_messages_of_one_version_are_valid_by_the_other(older: Path, newer: Path) -> None:
    """Outputs both ways: consumers keep their schema when workers are upgraded, and read on where old ones wrote."""
    known = {path.name.removesuffix(END) for path in older.glob(f"*{END}")}
    messages = [e for e in examples(newer) if e["topic"] != "news.raw.v1"]
    assert len(messages) > 5
    for message in messages:
        name = message["topic"].split(".")[1]
        assert valid(older, "headers", message["headers"])
        assert name not in known or valid(older, name, message["value"])


@pytest.mark.parametrize("version", VERSIONS)
def test_raw_articles_of_a_released_version_are_still_taken(version: str) -> None:
    """By the schema and by the worker's own step."""
    articles = [e["value"] for e in examples(RELEASED / version) if e["topic"] == "news.raw.v1"]
    assert articles
    for article in articles:
        assert valid(SCHEMAS, "raw", article)
        assert decode.decode(orjson.dumps(article)).source == article["source"]


def test_the_version_goes_up_with_what_is_added() -> None:
    """The middle number, after a release; and what is released under a number is what that number means."""
    assert number(CURRENT)[0] == number(LATEST)[0] == 1
    same = all(
        (SCHEMAS / f"{name}{END}").read_bytes() == (RELEASED / LATEST / f"{name}{END}").read_bytes()
        for version, name in PAIRS
        if version == LATEST
    )
    assert number(CURRENT) >= number(LATEST)
    assert same or number(CURRENT) > number(LATEST), f"raise SCHEMA_VERSION: {LATEST} is released"


def test_closed_lists_are_closed_and_open_ones_are_open() -> None:
    """As docs/CONTRACT.md says of them."""
    for folder in (SCHEMAS, *(RELEASED / v for v in VERSIONS)):
        for name in ("clean", "duplicates"):
            dedup = schema(folder, name)["$defs"]["dedup"]["properties"]
            assert dedup["verdict"]["enum"]
            assert dedup["relation"]["enum"]
        assert schema(folder, "headers")["$defs"]["deadLetter"]["properties"]["dlq-reason"]["enum"]
        reason = schema(folder, "rejected")["$defs"]["rejection"]["properties"]["reason"]
        removed = schema(folder, "clean")["$defs"]["cleaning"]["properties"]["removed"]["items"]["properties"]
        assert not {"enum", "const"} & (reason.keys() | removed["kind"].keys())


def test_a_version_of_another_addition_is_accepted() -> None:
    """The schema takes every `schema-version` of version 1, as the page tells consumers to; and no other."""
    (shown,) = [e["headers"] for e in examples(SCHEMAS) if e["topic"] == "news.dlq.v1"]
    for version, good in [("1.0.0", True), ("1.99.3", True), ("2.0.0", False), ("1.1", False)]:
        assert valid(SCHEMAS, "headers", shown | {"schema-version": version}) is good


def test_what_is_released_stays_as_it_is() -> None:
    """Every file under its sum, and no sum without a file."""
    files = sorted(RELEASED.rglob("*.json"))
    sums = {str(path.relative_to(RELEASED)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert sums == {name: value for value, name in (line.split() for line in SUMS.read_text().splitlines())}
