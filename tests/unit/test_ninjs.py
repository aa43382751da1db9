"""What passes through is valid ninjs 3.1, property by property."""

from typing import Any

import pytest

from workers import ninjs

VALID: dict[str, Any] = {
    "edNote": "Check the name.",
    "located": "Oslo",
    "usageTerms": "Not for print.",
    "embargoedUntil": "2026-11-25T06:00:00+01:00",
    "expires": "2026-12-01T00:00:00Z",
    "subjects": [{"name": "sport", "uri": "http://cv.iptc.org/newscodes/mediatopic/15000000", "relevance": 90}],
    "places": [{"name": "Oslo", "geoJSON": {"type": "Point", "coordinates": [10.75, 59.91]}}],
    "associations": [{"name": "photo", "uri": "http://a.example/1", "renditions": [{"name": "web"}]}],
    "genres": [],
}
INVALID: dict[str, Any] = {
    "edNote": 7,
    "located": ["Oslo"],
    "embargoedUntil": "tomorrow",
    "expires": "2026-02-30T00:00:00Z",
    "subjects": [{"name": "sport", "colour": "red"}],
    "places": [{"name": "Oslo", "geoJSON": {"type": "Point", "coordinates": "10.75"}}],
    "associations": [{"uri": "http://a.example/1"}],
    "genres": {},
    "rightsInfo": {"langId": "not a uri"},
    "type": "text",
    "bodies": [{"value": "uncleaned"}],
}


@pytest.mark.parametrize("name", VALID)
def test_valid(name: str) -> None:
    """A valid property passes."""
    assert ninjs.split({name: VALID[name]}) == ({name: VALID[name]}, ())


@pytest.mark.parametrize("name", INVALID)
def test_invalid(name: str) -> None:
    """An invalid one, or one that only the worker says, is named and stays out."""
    assert ninjs.split({name: INVALID[name]}) == ({}, (name,))


def test_each_by_itself() -> None:
    """One invalid property does not hold the others; null is absent; what ninjs does not know is ignored."""
    fields = {"edNote": 7, "located": "Oslo", "expires": None, "colour": "red", "source": "s"}
    assert ninjs.split(fields) == ({"located": "Oslo"}, ("edNote",))


def test_every_property_of_the_standard_has_a_rule() -> None:
    """Each is a field of the contract, passes through, or is the worker's own."""
    table = {"uri", "version", "firstCreated", "versionCreated", "pubStatus", "urgency", "language", "slugline"}
    official = set(ninjs.vendored("ninjs-schema_3.1.json")["$defs"]["ninjsType"]["properties"])
    assert official == table | ninjs.PASSED_THROUGH | ninjs.NOT_TAKEN


GEOMETRIES: list[tuple[bool, Any]] = [
    (True, {"type": "Point", "coordinates": [1, 2, 3]}),
    (True, {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}),
    (True, {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]}),
    (True, {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]}),
    (True, {"type": "Feature", "geometry": None, "properties": {"a": 1}}),
    (False, {"type": "Point", "coordinates": [1]}),
    (False, {"type": "LineString", "coordinates": [[1, 2]]}),
    (False, {"type": "Circle", "coordinates": [1, 2]}),
    (False, {"type": "Feature", "geometry": None}),
]


@pytest.mark.parametrize(("valid", "geometry"), GEOMETRIES)
def test_geojson(valid: bool, geometry: Any) -> None:
    """GeoJSON is judged by RFC 7946, without the network."""
    passed, _ = ninjs.split({"places": [{"geoJSON": geometry}]})
    assert bool(passed) == valid
