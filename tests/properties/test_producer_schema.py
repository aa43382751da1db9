"""What the closed producer schema accepts, the worker understands."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.decode import decode
from workers.errors import DeadLetterError

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/raw.v1.schema.json").read_bytes())
VALIDATORS: list[Any] = [
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()),
    jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True),
]
ZONES = st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m)))
TIMES = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES | st.just(UTC)).map(datetime.isoformat)  # noqa: DTZ001
ODD_TIMES = st.sampled_from(
    ["2026-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "2026-11-24t08:00:00z", "2026-11-24 08:00:00Z",
     "2026-11-24T24:00:00Z", "2026-11-24T08:00Z", "2026-11-24T08:00:00.123456789Z", "2026-11-24T08:00:00+24:00"]
)  # fmt: skip
TEXTS = st.text(max_size=30) | st.sampled_from(["", " ", "\x01", "\x85", "\u2028", "\ufeff", "a\n"])
LONGER = st.integers(0, 2_100).map("x".__mul__)
URIS = TEXTS | LONGER | st.sampled_from(["http://a.example/é", "例" * 700, "http://a:b/", "http://a" + "?" * 2_040])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "source": TEXTS | LONGER,
    "body": TEXTS | st.none(),
    "uri": URIS,
    "url": URIS,
    "headline": TEXTS,
    "byline": TEXTS | LONGER,
    "slugline": TEXTS,
    "language": TEXTS | st.from_regex(r"[A-Za-z]{1,9}(-[A-Za-z0-9]{1,9})?\n?", fullmatch=True),
    "urgency": st.integers(-1, 11) | st.floats(0, 10) | st.booleans(),
    "contentType": st.sampled_from(["text/plain", "text/html", "text/html; charset=utf-8", "image/png", ""]),
    "version": TEXTS
    | LONGER
    | st.integers(-(2**63), 2**64 - 1)
    | st.from_regex(r"[0-9]{17,20}\n?", fullmatch=True)
    | st.floats(0, 2e19),
    "firstCreated": TIMES | ODD_TIMES,
    "versionCreated": TIMES | ODD_TIMES,
    "pubStatus": st.sampled_from(["usable", "withheld", "canceled", "cancelled", "CANCELED", ""]),
    "signal": st.sampled_from(["test", "Test", "update"]),
    "edNote": TEXTS | st.integers(),
    "embargoedUntil": TIMES | ODD_TIMES,
    "subjects": st.just([{"name": "n"}]) | st.just([{"colour": "c"}]) | st.just(["s"]),
}
RAW = st.fixed_dictionaries({}, optional=FIELDS) | st.fixed_dictionaries(
    {"source": st.just("s"), "body": TEXTS}, optional={k: v for k, v in FIELDS.items() if k not in {"source", "body"}}
)


def refusal(fields: dict[str, Any]) -> str | None:
    """Which field was refused, and why; None when all was understood."""
    try:
        decode(orjson.dumps(fields))
    except DeadLetterError as e:
        return f"{str(e).split()[0]} {e.reason}"
    return None


@settings(max_examples=300, deadline=None)
@given(RAW)
def test_what_the_producer_schema_accepts_is_understood(fields: dict[str, Any]) -> None:
    """With one exception, which a schema cannot say: a uri that becomes too long when it is percent-encoded."""
    if all(validator.is_valid(fields) for validator in VALIDATORS):
        assert refusal(fields) in {None, "`uri` over-long", "`url` over-long"}
