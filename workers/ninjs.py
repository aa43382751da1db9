"""The properties of ninjs 3.1 that only pass through, each judged by itself against the official schema.

Strategy: the schema is vendored in `workers/vendor/` with the GeoJSON one it refers to, so that nothing touches the
network; validators are compiled at the first article that needs them. Law: a property that is not valid never goes
out, and never stops the others.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

NINJS_ID = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json"
GEOJSON_ID = "https://geojson.org/schema/GeoJSON.json"
FILES = {NINJS_ID: "ninjs-schema_3.1.json", GEOJSON_ID: "geojson.schema.json"}
"""The vendored schemas, by the names they refer to each other by."""

# fmt: off
PASSED_THROUGH = frozenset(
    [
        "representationType", "profile", "contentCreated", "embargoedUntil", "copyrightHolder", "copyrightNotice",
        "usageTerms", "edNote", "descriptions", "headlines", "people", "organisations", "places", "subjects",
        "events", "eventDetails", "plannedCoverage", "objects", "infoSources", "title", "by", "located",
        "renditions", "associations", "altIds", "trustIndicators", "genres", "expires", "rightsInfo",
        "digitalSourceType",
    ]
)
# fmt: on
"""What a raw article may state besides the fields of the contract."""

NOT_TAKEN = frozenset(["type", "bodies", "standard"])
"""Known to ninjs, but only this worker says them: what it publishes is text, cleaned, in the standard it names."""


def split(fields: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The ninjs properties among `fields` that may be given out, and the names of those that may not."""
    present = [n for n in fields if (n in PASSED_THROUGH or n in NOT_TAKEN) and fields[n] is not None]
    passed = {n: fields[n] for n in present if n in PASSED_THROUGH and _validator(n).is_valid(fields[n])}
    return passed, tuple(sorted(n for n in present if n not in passed))


def is_valid_item(item: Mapping[str, Any]) -> bool:
    """Whether the whole object is ninjs 3.1, formats checked."""
    return _item_validator().is_valid(item)


def vendored(name: str) -> Any:
    """A schema of `workers/vendor/`, parsed."""
    return json.loads((files("workers") / "vendor" / name).read_bytes())


@cache
def registry() -> jsonschema_rs.Registry:
    """All of them, so that nothing is fetched."""
    return jsonschema_rs.Registry([(uri, vendored(name)) for uri, name in FILES.items()])


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return _compiled(f"{NINJS_ID}#/$defs/ninjsType/properties/{name}")


@cache
def _item_validator() -> jsonschema_rs.Draft202012Validator:
    return _compiled(NINJS_ID)


def _compiled(reference: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({"$ref": reference}, registry=registry(), validate_formats=True)
