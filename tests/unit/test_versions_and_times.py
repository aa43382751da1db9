"""Versions compare as their numbers do, and times travel in UTC."""

from typing import Any

import pytest

from workers.times import FIRST_US, LAST_US, clamped, parse_rfc3339, to_rfc3339
from workers.versions import integer_version, string_version


@pytest.mark.parametrize(
    "rising",
    [
        [-(2**63), -1, 0, 9, 10, 2**63 - 1],
        ["1.9", "1.10", "1.10a", "1.a", "1.b", "2", "10.0", "a", "a9", "a10", "é"],
        ["2026-11-24T08:00:00Z", "2026-11-24T08:00:01Z", "2026-12-01T00:00:00Z"],
        ["v1", "v2", "v10", "v10.1"],
    ],
)
def test_versions_rise(rising: list[Any]) -> None:
    """Keys sort as bytes like the versions of one kind they stand for."""
    versions = [string_version(v) if isinstance(v, str) else integer_version(v) for v in rising]
    keys = [v.key for v in versions if v.key.startswith("s")] or [v.key for v in versions]
    assert all(k.isascii() and k.isprintable() for k in keys)
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_kinds_of_versions() -> None:
    """Digits alone are a whole number, however they are written."""
    assert string_version("010") == integer_version(10)
    assert string_version("²").key.startswith("s")


def test_times_travel_in_utc() -> None:
    """What can be read can be written, to the microsecond; a broker's odd timestamp is brought into range."""
    assert to_rfc3339(parse_rfc3339("2026-11-24T08:00:00.25+05:30")) == "2026-11-24T02:30:00.250000Z"
    assert to_rfc3339(clamped(2**63)) == to_rfc3339(LAST_US) == "9999-12-31T23:59:59.999999Z"
    assert parse_rfc3339(to_rfc3339(clamped(-(2**63)))) == FIRST_US
