"""Whether records, as they stand on the topics, keep the contract.

Value, item, headers and key of each, by today's schemas and by every released one; and what a schema cannot say: one output
for each raw record, which names it in the same way everywhere, and dead letters with the very bytes that came.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from workers import headers, ninjs
from workers.kafka_io import Record

SCHEMAS = Path(__file__).parents[2] / "schemas"
FOLDERS = [SCHEMAS, *sorted(path for path in (SCHEMAS / "released").iterdir() if path.is_dir())]
"""Today's first."""

UNFORESEEN = frozenset({"too-large", "internal-error"})
"""What no schema of values can tell: the size of a record, and a bug."""

Problems = Iterator[str]


@cache
def validator(folder: Path, name: str, part: str = "") -> jsonschema_rs.Draft202012Validator | None:
    """Of a file of schemas, or of one of its definitions; None where that version had none."""
    file = folder / f"{name}.v1.schema.json"
    if not file.exists():
        return None
    schema = orjson.loads(file.read_bytes())
    if part:
        schema = {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{part}"}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@cache
def reserved() -> frozenset[str]:
    """The headers that are the contract's; others are the producer's, who may write one as often as he likes."""
    parts = orjson.loads((SCHEMAS / "headers.v1.schema.json").read_bytes())["$defs"].values()
    return frozenset(name for part in parts for name in part["properties"])


@cache
def item_validator() -> jsonschema_rs.Draft202012Validator:
    """The official one of ninjs 3.1."""
    return jsonschema_rs.Draft202012Validator(
        {"$ref": ninjs.NINJS_ID}, registry=ninjs.registry(), validate_formats=True
    )


def all_problems(raw: Sequence[Record], outputs: Sequence[Record]) -> Problems:
    """What is wrong with a run: its raw records and all that came of them."""
    came = {record.stands: record for record in raw}
    outcomes = Counter(record.headers.get("origin", b"").decode() for record in outputs)
    if outcomes != Counter(came.keys()):
        yield f"not one output for each raw record: {list((outcomes - Counter(came.keys())) | (Counter(came.keys()) - outcomes))[:5]}"
    for record in outputs:
        for problem in problems(record, came.get(record.headers.get("origin", b"").decode())):
            yield f"{record.stands}: {problem}"


def problems(record: Record, raw: Record | None) -> Problems:
    """What is wrong with one output record of a raw one."""
    texts = {name: value.decode("utf-8", "replace") for name, value in record.headers.items()}
    part = "deadLetter" if record.role == "dlq" else "article"
    yield from _by_schemas("headers", texts, part)
    if texts.get("schema-version") != headers.SCHEMA_VERSION.decode():
        yield f"header schema-version: {texts.get('schema-version')}"
    counted = Counter(name for name, _ in record.all_headers)
    yield from (f"header {name} stands {counted[name]} times" for name in reserved() if counted[name] > 1)
    if raw is None:
        yield "names no raw record that there is"
    elif record.role == "dlq":
        yield from _dead_letter(record, raw, texts)
    else:
        yield from _article(record, raw, texts)


def _article(record: Record, raw: Record, texts: Mapping[str, str]) -> Problems:
    value = orjson.loads(record.value)
    item, decided, where = value["item"], value.get("dedup") or value["rejection"], value["provenance"]
    yield from _by_schemas(record.role, value)
    yield from (f"item: {error}"[:300] for error in item_validator().iter_errors(item))
    verdict = decided.get("verdict", "rejected")
    said = {
        "key": (
            (record.key or b"").decode(),
            decided["of"] or decided["story"] if verdict == "duplicate" else item["uri"],
        ),
        "ce_id": (texts.get("ce_id"), raw.stands),
        "ce_type": (texts.get("ce_type"), f"news.article.{verdict}.v1"),
        "provenance": ((where["topic"], where["partition"], where["offset"]), (raw.topic, raw.partition, raw.offset)),
        "topic": (record.role, {"duplicate": "duplicates", "rejected": "rejected"}.get(verdict, "clean")),
    }
    yield from (f"{name}: {is_so}, not {should}" for name, (is_so, should) in said.items() if is_so != should)


def _dead_letter(record: Record, raw: Record, texts: Mapping[str, str]) -> Problems:
    cut = {"dlq-size", "dlq-key-size"} & texts.keys()
    if not cut and (record.key, record.value) != (raw.key, raw.value):
        yield "key and value are not the raw record's"
    if texts.get("origin-timestamp") != str(raw.timestamp_ms):
        yield f"origin-timestamp: {texts.get('origin-timestamp')}, not {raw.timestamp_ms}"
    if texts.get("dlq-reason") not in UNFORESEEN and is_for_producers(raw.value):
        yield f"{texts.get('dlq-reason')}: but the producers' schema has it"


def is_for_producers(value: bytes) -> bool:
    """Whether the producers' schema accepts a raw record's value."""
    producers = validator(SCHEMAS, "raw")
    try:
        return producers is not None and producers.is_valid(orjson.loads(value))
    except orjson.JSONDecodeError:
        return False


def _by_schemas(name: str, value: Any, part: str = "") -> Problems:
    for folder in FOLDERS:
        found = validator(folder, name, part)
        for error in found.iter_errors(value) if found else ():
            yield f"{name} by {folder.name}: {error.instance_path} {error.message}"[:300]
