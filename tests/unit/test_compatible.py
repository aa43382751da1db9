"""The check of compatibility finds every kind of break, at every place of the real schemas, and lets additions pass."""

import copy
import doctest
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract import compatible
from tests.contract.compatible import FOR_PEOPLE, LOWER, UPPER, Side, breaks

SCHEMAS = Path(__file__).parents[2] / "schemas"
SIDES: dict[str, Side] = {
    "raw": "producers", "clean": "consumers", "duplicates": "consumers", "rejected": "consumers", "headers": "consumers",
}  # fmt: skip
NAMES = list(SIDES)

Place = tuple[str | int, ...]
Change = Callable[[Any], object]


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.v1.schema.json").read_bytes())


def at(root: Any, place: Place) -> Any:
    for step in place:
        root = root[step]
    return root


def nodes(value: Any, place: Place = (), *, named: bool = False) -> Iterator[Place]:
    """The places of all schemas in a schema."""
    if isinstance(value, dict):
        if not named:
            yield place
        for key, part in value.items():
            if named or key not in FOR_PEOPLE - {"$defs"}:
                yield from nodes(part, (*place, key), named=not named and key in {"properties", "$defs"})
    elif isinstance(value, list):
        for n, part in enumerate(value):
            yield from nodes(part, (*place, n))


Changed = Iterator[tuple[str, Any]]
"""What has changed, and the schema with it."""


def tightenings(node: Any) -> Changed:
    """Each way in which this one schema takes less than before."""
    required = node.get("required", [])
    for name in node.get("properties", {}):
        if name not in required:
            yield f"requires {name}", node | {"required": [*required, name]}
    for bound in (UPPER | LOWER) & node.keys():
        yield f"tightens {bound}", node | {bound: node[bound] + (-1 if bound in UPPER else 1)}
    for value in node.get("enum", []):
        yield f"takes no {value}", node | {"enum": [v for v in node["enum"] if v != value]}
    if "type" in node:
        yield "takes another type", node | {"type": "string" if node["type"] == "array" else "array"}
        yield "takes one more rule", node | {"not": {} if "not" in node else {"const": 7}}
        yield "is limited", node | {"maxProperties": 1}
    if isinstance(node.get("type"), list):
        yield "takes fewer types", node | {"type": node["type"][:-1]}
    for word in {"pattern", "format", "const"} & node.keys():
        yield f"has another {word}", node | {word: node[word] + "x"}
    if "anyOf" in node:
        yield "has one way less", node | {"anyOf": node["anyOf"][:-1]}


def removals(node: Any) -> Changed:
    """Each field gone, or under another name."""
    fields = node.get("properties", {})
    for name in fields:
        rest = {n: f for n, f in fields.items() if n != name}
        yield f"loses {name}", node | {"properties": rest}
        yield f"renames {name}", node | {"properties": {**rest, f"{name}2": fields[name]}}


def loosenings(node: Any) -> Changed:
    """Each way in which outputs would promise less."""
    for name in node.get("required", []):
        yield f"need not have {name}", node | {"required": [n for n in node["required"] if n != name]}
    for keyword in node.keys() - FOR_PEOPLE - {"properties"}:
        yield f"has no {keyword}", {k: v for k, v in node.items() if k != keyword}
    if "enum" in node:
        yield "may be another value", node | {"enum": [*node["enum"], "another"]}
    for bound in (UPPER | LOWER) & node.keys():
        yield f"loosens {bound}", node | {bound: node[bound] + (1 if bound in UPPER else -1)}


def mutated(name: str, *kinds: Callable[[Any], Changed]) -> Changed:
    """The schema with one change, for every place and every change that goes there."""
    whole = schema(name)
    for place in nodes(whole):
        for kind in kinds:
            for what, node in kind(at(whole, place)):
                yield f"{'.'.join(map(str, place))} {what}", replaced(whole, place, node)


def replaced(whole: Any, place: Place, node: Any) -> Any:
    if not place:
        return node
    changed = copy.deepcopy(whole)
    at(changed, place[:-1])[place[-1]] = node
    return changed


@pytest.mark.parametrize("name", NAMES)
def test_every_break_is_found(name: str) -> None:
    """Fields gone or renamed, newly required, of other types, fewer values, tighter limits, new rules: wherever they stand."""
    kinds = [tightenings, removals] if SIDES[name] == "producers" else [tightenings, removals, loosenings]
    tried = list(mutated(name, *kinds))
    assert len(tried) > 100
    assert not [what for what, changed in tried if not breaks(schema(name), changed, SIDES[name])]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_compatible_with_itself(name: str) -> None:
    """And with other words for people."""
    changed = schema(name) | {"title": "Another", "description": "Another", "$comment": "One more"}
    assert not breaks(schema(name), changed, SIDES[name])


@pytest.mark.parametrize("name", NAMES)
def test_optional_fields_may_come(name: str) -> None:
    """Wherever the schema describes an object as a whole."""
    changed = schema(name)
    whole = [s for s in (changed, *changed["$defs"].values()) if "properties" in s]
    for part in whole:
        part["properties"]["added"] = {"type": "string", "maxLength": 9}
    assert whole
    assert not breaks(schema(name), changed, SIDES[name])


def body(s: Any) -> Any:
    return s["allOf"][1]["else"]["properties"]["body"]


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["properties"]["source"].__setitem__("maxLength", 512),
        lambda s: s["properties"]["source"].pop("pattern"),
        lambda s: s["properties"]["contentType"]["enum"].append("text/markdown"),
        lambda s: s["properties"]["urgency"].__setitem__("type", ["integer", "string"]),
        lambda s: s["properties"]["urgency"].__setitem__("type", "number"),
        lambda s: s["properties"]["urgency"].__setitem__("minimum", 0),
        lambda s: s.__setitem__("required", []),
        lambda s: s["properties"]["version"]["anyOf"].append({"type": "number"}),
        lambda s: s.__setitem__("additionalProperties", True),
        lambda s: body(s).__setitem__("maxLength", 2_000_000),
        lambda s: body(s).pop("maxLength"),
    ],
)
def test_producers_may_be_asked_for_less(change: Change) -> None:
    """The worker takes what it took; the same change of an output is a break."""
    changed = schema("raw")
    change(changed)
    assert changed != schema("raw")
    assert not breaks(schema("raw"), changed, "producers")
    assert breaks(schema("raw"), changed, "consumers")


def test_a_known_field_gets_no_new_rule_by_a_condition() -> None:
    """What is added below `then` or `allOf` may speak of a field that is known."""
    places: dict[str, Place] = {
        "clean": ("then", "properties", "item", "properties"),
        "raw": ("allOf", 1, "then", "properties"),
    }
    for name, place in places.items():
        changed = schema(name)
        at(changed, place)["slugline"] = {"maxLength": 7}
        (found,) = breaks(schema(name), changed, SIDES[name])
        assert found.endswith(".properties.slugline: is new where anything could stand")


def test_what_cannot_be_judged_is_an_error() -> None:
    """A reference out of the file, and one beside words that it says itself."""
    with pytest.raises(ValueError, match="out of the file"):
        breaks({"$ref": "other.json"}, {}, "consumers")
    with pytest.raises(ValueError, match="beside"):
        breaks({"$defs": {"a": {"type": "string"}}, "type": "string", "$ref": "#/$defs/a"}, {}, "consumers")


def test_its_examples_are_true() -> None:
    """Those in its docstrings."""
    result = doctest.testmod(compatible)
    assert result.attempted
    assert not result.failed
