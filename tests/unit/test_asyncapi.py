"""schemas/asyncapi.yaml is valid AsyncAPI 3, says what the code says, and shows messages that are valid."""

import copy
import doctest
import gzip
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml

from tests.contract import asyncapi_page
from tests.unit.test_contract_page import names, rows
from workers.settings import Settings
from workers.topics import topic_plans

ROOT = Path(__file__).parents[2]
FILE = ROOT / "schemas/asyncapi.yaml"
OFFICIAL = ROOT / "tests/contract/vendor/asyncapi-schema_3.1.0.json.gz"
DOCUMENT: Any = yaml.safe_load(FILE.read_text())
CHANNELS, MESSAGES = DOCUMENT["channels"], DOCUMENT["components"]["messages"]


@cache
def official() -> tuple[Any, Any]:
    schema = json.loads(gzip.decompress(OFFICIAL.read_bytes()))
    return jsonschema.Draft7Validator(schema), jsonschema_rs.Draft7Validator(schema)


def lead_to(reference: str) -> Any:
    """What a reference of the document leads to, in it or in a file beside it."""
    file, _, place = reference.partition("#")
    found = json.loads((FILE.parent / file).read_bytes()) if file else DOCUMENT
    for step in place.strip("/").split("/") if place else ():
        found = found[step]
    return found


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from references(part)


def test_the_document_is_up_to_date() -> None:
    """Else: python -m tests.contract.asyncapi_page > schemas/asyncapi.yaml."""
    assert FILE.read_text() == asyncapi_page.page()
    assert asyncapi_page.document() == DOCUMENT


def test_the_environment_does_not_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says the defaults, whoever makes it."""
    monkeypatch.setenv("NEWSWIRE_PARTITIONS", "9")
    monkeypatch.setenv("NEWSWIRE_TOPIC_RAW", "other")
    assert asyncapi_page.document() == DOCUMENT


def test_it_is_valid_by_the_official_schema() -> None:
    for validator in official():
        assert not [str(error)[:300] for error in validator.iter_errors(DOCUMENT)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("info"),
        lambda d: d.__setitem__("asyncapi", "2.6.0"),
        lambda d: d["channels"]["raw"]["bindings"]["kafka"].__setitem__("partitions", "4"),
        lambda d: d["channels"]["raw"]["bindings"]["kafka"]["topicConfiguration"].__setitem__("cleanup.policy", "delete"),
        lambda d: d["channels"]["raw"].__setitem__("retention", 1),
        lambda d: d["operations"]["publish"].__setitem__("action", "publish"),
        lambda d: d["components"]["messages"]["clean"]["examples"][0].pop("payload") and d["components"]["messages"]["clean"]["examples"][0].pop("headers"),
        lambda d: d["servers"]["kafka"].pop("protocol"),
    ],
)  # fmt: skip
def test_the_official_schema_finds_what_is_wrong(spoil: Callable[[Any], object]) -> None:
    """Else it would prove nothing."""
    spoilt = copy.deepcopy(DOCUMENT)
    spoil(spoilt)
    assert not official()[1].is_valid(spoilt)


def test_references_lead_somewhere() -> None:
    """In the document and to the files beside it; all schemas are referred to."""
    found = list(references(DOCUMENT))
    assert all(lead_to(reference) for reference in found)
    files = {reference.partition("#")[0].removeprefix("./") for reference in found} - {""}
    assert files == {path.name for path in FILE.parent.glob("*.schema.json")}


def test_topics_are_as_they_are_made() -> None:
    """Names, partitions, retention and every other setting; no topic is without a channel."""
    plans = topic_plans(Settings(_env_file=None))  # type: ignore[call-arg]
    assert [channel["address"] for channel in CHANNELS.values()] == [plan.name for plan in plans]
    assert set(CHANNELS) == {n.removeprefix("topic_") for n in Settings.model_fields if n.startswith("topic_")}
    for plan, channel in zip(plans, CHANNELS.values(), strict=True):
        kafka = channel["bindings"]["kafka"]
        assert (kafka["topic"], kafka["partitions"], kafka["replicas"]) == (
            plan.name,
            plan.partitions,
            plan.replication,
        )
        said = {n: ",".join(v) if isinstance(v, list) else str(v) for n, v in kafka["topicConfiguration"].items()}
        assert said == plan.config


def test_keys_and_contents_are_those_of_the_page() -> None:
    """docs/CONTRACT.md and this document say it in the same words."""
    table = dict(zip(names("Topics", "topic"), rows("Topics", "topic"), strict=True))
    assert set(table) == {channel["address"] for channel in CHANNELS.values()}
    for role, about in asyncapi_page.TOPICS.items():
        cells = table[CHANNELS[role]["address"]]
        assert (about.key, about.content) == (cells[1], cells[-1])


def test_who_sends_and_receives_what() -> None:
    """The worker receives raw articles and sends the rest; each operation's messages are its channel's."""
    by_worker = {
        o: d for o, d in DOCUMENT["operations"].items() if o not in {"readDeadLetters", "readRejections", "replay"}
    }
    taken = {(d["channel"]["$ref"].rpartition("/")[2], d["action"]) for d in by_worker.values()}
    assert taken == {(role, "receive" if role == "raw" else "send") for role in CHANNELS}
    for operation in DOCUMENT["operations"].values():
        assert all(m["$ref"].startswith(operation["channel"]["$ref"] + "/") for m in operation["messages"])
    tags = {tag["name"] for d in DOCUMENT["operations"].values() for tag in d["tags"]}
    assert tags == {tag["name"] for tag in DOCUMENT["info"]["tags"]} == {"producers", "consumers", "operations"}


def validator(schema: Any) -> jsonschema_rs.Draft202012Validator:
    """Of what a message refers to; the file in which it stands is not left."""
    if "schemaFormat" not in schema:
        return jsonschema_rs.Draft202012Validator(schema)
    file, _, place = schema["schema"]["$ref"].partition("#")
    whole = lead_to(file)
    return jsonschema_rs.Draft202012Validator(
        {"$schema": whole["$schema"], "$defs": whole["$defs"], **(lead_to(f"{file}#{place}") if place else whole)},
        validate_formats=True,
    )


@pytest.mark.parametrize("role", list(MESSAGES))
def test_examples_are_valid_by_what_the_message_refers_to(role: str) -> None:
    """All of schemas/examples are there; each has a valid key, valid headers and a valid payload."""
    message = MESSAGES[role]
    own = [(p, r) for p, r in asyncapi_page.examples() if r["topic"] == CHANNELS[role]["address"]]
    assert [example["name"] for example in message["examples"]] == [path.stem for path, _ in own]
    assert own
    key = jsonschema_rs.Draft202012Validator(message["bindings"]["kafka"]["key"], validate_formats=True)
    for (_, record), example in zip(own, message["examples"], strict=True):
        assert key.is_valid(record["key"])
        assert not list(validator(message["payload"]).iter_errors(example["payload"]))
        assert not list(validator(message["headers"]).iter_errors(example["headers"]))


def test_its_examples_are_true() -> None:
    """Those in its docstrings."""
    result = doctest.testmod(asyncapi_page)
    assert result.attempted
    assert not result.failed
