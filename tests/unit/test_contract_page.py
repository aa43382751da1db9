"""docs/CONTRACT.md says what the code does: names both ways, numbers and examples by trying them."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest

from workers import article, claims, decode, delivery, encode, headers, ninjs, topics, uris, versions
from workers.blame import DEATHS_TO_GIVE_UP
from workers.cleaning import tame
from workers.errors import DeadLetterError
from workers.outcome import DeadLetterReason, Decision, Origin, RejectionReason, Relation, Verdict
from workers.prepare import RawRecord, Ready, prepare
from workers.rules import rules_of
from workers.settings import Settings
from workers.settings_page import shown

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/CONTRACT.md").read_text()
SETTINGS = Settings.model_fields
DEFAULTS = Settings(_env_file=None)  # type: ignore[call-arg]

_CODE = re.compile(r"`([^`\n]+)`")


@cache
def section(title: str) -> str:
    """The text under a heading, as far as the next one of its rank or above."""
    found = re.search(rf"^(#+) {re.escape(title)}$\n(.*?)(?=^#{{1,2}} |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, title
    return re.split(rf"^{found[1]} ", found[2], maxsplit=1, flags=re.MULTILINE)[0]


def rows(title: str, heading: str) -> Iterator[list[str]]:
    """The cells of the table under a heading whose first column has this name."""
    table = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[ |-]+\n((?:\|.*\n)+)", section(title), re.MULTILINE)
    assert table, (title, heading)
    for line in table[1].splitlines():
        yield [cell.strip() for cell in line.strip("|").split(" | ")]


def names(title: str, heading: str) -> list[str]:
    """All that stands in code in the first column."""
    return [name for row in rows(title, heading) for name in _CODE.findall(row[0])]


def example(kind: str) -> Any:
    """The example in a block marked ```json <kind>."""
    found = re.search(rf"^```json {kind}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found, kind
    return json.loads(found[1])


@cache
def definitions(schema: str) -> Any:
    return json.loads((ROOT / f"schemas/{schema}.v1.schema.json").read_bytes())


def record(value: bytes, origin: Origin, timestamp_ms: int) -> RawRecord:
    return RawRecord(origin, b"key", value, (), timestamp_ms)


def test_rejection_reasons() -> None:
    """Each code has its row, and no row is without a code; so the next five."""
    assert names("Rejections", "reason") == list(get_args(RejectionReason))


def test_dead_letter_reasons() -> None:
    assert names("Dead letters", "`dlq-reason`") == list(get_args(DeadLetterReason))


def test_verdicts() -> None:
    assert names("Verdicts", "verdict") == list(get_args(Verdict))
    for verdict, topic, _ in rows("Verdicts", "verdict"):
        assert topic == encode._ROLES[verdict.strip("`")]  # type: ignore[index]


def test_relations() -> None:
    assert set(names("Verdicts", "relation")) == set(get_args(Relation))
    assert {row[1] for row in rows("Verdicts", "relation")} <= set(get_args(Verdict))


def test_headers() -> None:
    """Those of the schema, which other tests hold to the code."""
    defined = definitions("headers")["$defs"]
    assert set(names("Headers", "header")) == {n for d in ("article", "deadLetter") for n in defined[d]["properties"]}
    for row in rows("Headers", "header"):
        for name in _CODE.findall(row[0]):
            assert headers._RESERVED.fullmatch(name)


def test_raw_fields() -> None:
    """Every field of the producers' schema stands in the table or among what passes through, and in one of them only."""
    table = names("Raw article", "field")
    passing = section("ninjs properties").split("\n\n")[1]
    assert set(_CODE.findall(passing)) == ninjs.PASSED_THROUGH
    assert sorted([*table, *ninjs.PASSED_THROUGH]) == sorted(definitions("raw")["properties"])


@pytest.mark.parametrize("part", ["dedup", "rejection", "cleaning", "provenance"])
def test_output_fields(part: str) -> None:
    defined = definitions("rejected" if part == "rejection" else "clean")["$defs"][part]["properties"]
    assert names(f"`{part}`", "field") == list(defined)


def test_item_fields() -> None:
    """Those that the worker fills itself; the rest of the schema passes through."""
    table = set(names("`item`", "field"))
    assert table | ninjs.PASSED_THROUGH >= set(definitions("clean")["$defs"]["item"]["properties"])
    assert table >= set(example("clean")["item"])


def test_rules_of_the_script() -> None:
    """A rule that the script names stands on the page under the same number, and the page counts without a gap."""
    numbers = [int(n) for n in re.findall(r"^### Rule (\d): ", PAGE, re.MULTILINE)]
    assert numbers == [1, 2, 3, 4, 5]
    cited = {
        int(n) for file in (ROOT / "workers/lua").glob("*.lua") for n in re.findall(r"rule (\d)", file.read_text())
    }
    assert cited
    assert cited <= set(numbers)


def test_codes_of_the_script_are_on_the_page() -> None:
    """Whatever the script answers as verdict, relation or reason."""
    script = (ROOT / "workers/lua/verdicts.lua").read_text()
    answered = set(re.findall(r"(?:verdict|relation|reason) = '([a-z-]+)'|rejected\(a, s, '([a-z-]+)'", script))
    assert len(answered) > 8
    assert {a or b for a, b in answered} <= set(_CODE.findall(section("Verdicts")))


def test_topics() -> None:
    """Name, retention, largest record and kind of timestamp."""
    plans = topics.topic_plans(DEFAULTS)
    table = list(rows("Topics", "topic"))
    assert names("Topics", "topic") == [plan.name for plan in plans]
    sizes = {8 << 20: "8 MiB", 16 << 20: "16 MiB", (8 << 20) + (64 << 10): "8 MiB + 64 KiB"}
    for plan, (_, _, kept, largest, time, _) in zip(plans, table, strict=True):
        config = plan.config
        assert f"{int(config['retention.ms']) // topics.DAY_MS} days" == kept
        assert sizes[int(config["max.message.bytes"])] == largest
        assert ("its arrival" if "message.timestamp.type" in config else "its sending") == time
        assert all(f"`{name}" in section("Topics") for name in config)


def test_settings() -> None:
    """What looks like a setting is one, with its default; and the reader is told of all that decide."""
    for title, heading in [("Topics", "settings"), ("Rule 5: likeness", "setting")]:
        assert set(names(title, heading)) <= set(SETTINGS)
    for cell, default, _ in rows("Rule 5: likeness", "setting"):
        name = cell.strip("`")
        assert shown(name, SETTINGS[name].default) == default
    looks_so = re.compile(r"(?:\w+_(?:s|bytes|chars|containment)|min_\w+|topic_\w+)")
    assert {name for name in _CODE.findall(PAGE) if looks_so.fullmatch(name)} <= set(SETTINGS)
    assert {name for name in SETTINGS if name.startswith("topic_") or "containment" in name} <= set(_CODE.findall(PAGE))


def test_limits() -> None:
    """The numbers of the table are those of the code."""
    at_most = {name: row[2] for row in rows("Raw article", "field") for name in _CODE.findall(row[0])}
    for name, limit in [
        ("source", article.MAX_SOURCE_CHARS), ("body", article.MAX_TEXT_CHARS), ("body", article.MAX_HTML_CHARS),
        ("uri", article.MAX_URI_CHARS), ("url", decode.MAX_URL_CHARS), ("url", article.MAX_URI_CHARS),
        ("headline", decode.MAX_HEADLINE_CHARS), ("byline", decode.MAX_LINE_CHARS), ("slugline", decode.MAX_LINE_CHARS),
        ("language", decode.MAX_LANGUAGE_CHARS), ("version", versions.MAX_VERSION_CHARS),
    ]:  # fmt: skip
        assert f"{limit:,}" in at_most[name].replace(";", " ").split(), name
    for title, said in [
        ("Raw article", f"each other {decode.MAX_DEPTH} deep"),
        ("Dead letters", f"more than {decode.MAX_DEPTH} deep"),
        ("Dead letters", f"died {['', 'once', 'twice', 'three times'][DEATHS_TO_GIVE_UP]}"),
        ("Headers", f"fit in {headers.MAX_RAW_HEADER_BYTES >> 10} KiB"),
        ("Headers", f"at most {headers.MAX_MESSAGE_CHARS} characters"),
        ("Headers", f"a key above {encode.MAX_KEPT_KEY_BYTES >> 10} KiB"),
        ("Headers", f"`{headers.SCHEMA_VERSION.decode()}`"),
        ("`dedup`", f"at most {encode.MAX_FAMILY}"),
        ("`cleaning`", f"the first {encode.MAX_REMOVED} spans"),
        ("`cleaning`", f"shortened to {encode.MAX_REMOVED_CHARS} characters"),
        ("Rejections", f"{tame.MAX_MARKUP_CHARS:,} characters or {tame.MAX_TAGS:,} tags"),
        ("Rule 5: likeness", f"fewer than {claims.FEW_SHINGLES} shingles"),
        ("Rule 5: likeness", f"a `jaccard` of {claims.FEW_JACCARD}"),
        ("Guarantees", f"`session_timeout_s` ({DEFAULTS.session_timeout_s:g} s)"),
    ]:
        assert said in section(title), said
    assert "`<group>/<raw topic>/<partition>`" in PAGE
    assert 'f"{self._settings.group}/{partition.topic}/{partition.partition}"' in Path(delivery.__file__).read_text()


def test_revisions_remembered() -> None:
    """As many as the script keeps."""
    kept = re.search(r"REVISIONS = (\d+)", (ROOT / "workers/lua/states.lua").read_text())
    assert kept
    assert f"last {kept[1]} revisions" in section("Rule 4: a published uri")


def test_normalised_uris() -> None:
    """The examples come out as they say; the tracking parameters are all and no others."""
    for given, becomes in rows("Normalised uris", "given"):
        uri, *source = _CODE.findall(given)
        assert uris.normalise_uri(uri, source[0] if source else "s") == becomes.strip("`")
    listed = section("Normalised uris").split("Tracking parameters:")[1]
    assert set(_CODE.findall(listed)) == uris.TRACKING_PARAMETERS


def test_the_example_comes_out_as_it_says() -> None:
    """The raw article, through the worker's own steps, with the decision that the page shows."""
    raw, clean = orjson.dumps(example("raw")), example("clean")
    dedup, where = clean["dedup"], clean["provenance"]
    origin = Origin(where["topic"], where["partition"], where["offset"])
    ready = prepare(record(raw, origin, 1_795_422_940_000), rules_of(DEFAULTS))
    assert isinstance(ready, Ready)
    decision = Decision(dedup["verdict"], dedup["story"], revision=dedup["revision"], seq=dedup["seq"])
    assert json.loads(ready.finish(decision, 1_795_422_940_184_000).value) == clean


def test_the_dead_letter_comes_out_as_it_says() -> None:
    shown_letter = example("dead-letter")
    origin = Origin("news.raw.v1", 2, 113)
    letter = prepare(record(shown_letter["value"].encode(), origin, 1_795_433_020_317), rules_of(DEFAULTS))
    assert not isinstance(letter, Ready)
    assert letter.value.decode() == shown_letter["value"]
    assert {name: value.decode() for name, value in letter.headers} == shown_letter["headers"]


LEAST = {"source": "s", "body": "b"}


@pytest.mark.parametrize(
    ("reason", "value"),
    [
        ("empty", b""), ("not-utf8", b"\xff"), ("not-json", b'{"a": NaN}'), ("not-json", b'{"a": 1e999}'),
        ("not-json", b'{"a": "\\ud800"}'), ("too-deep", b"[" * 65 + b"]" * 65), ("not-an-object", b"[1]"),
        ("missing-field", orjson.dumps({"source": "s"})), ("missing-field", orjson.dumps(LEAST | {"source": None})),
        ("missing-field", orjson.dumps({"source": "s", "pubStatus": "canceled"})),
        ("wrong-type", orjson.dumps(LEAST | {"urgency": "4"})), ("over-long", orjson.dumps(LEAST | {"source": "s" * 257})),
        ("bad-value", orjson.dumps(LEAST | {"contentType": "image/png"})),
    ],
)  # fmt: skip
def test_dead_letters_by_example(reason: str, value: bytes) -> None:
    """What the page says of each reason."""
    if reason == "too-deep":
        value = b'{"source": "s", "body": "b", "x": ' + value[1:-1] + b"}"
        decode.decode(value.replace(b"[]", b"1"))
    with pytest.raises(DeadLetterError) as caught:
        decode.decode(value)
    assert caught.value.reason == reason


def test_links_lead_somewhere() -> None:
    """Headings and files."""
    headings = {re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.+)$", PAGE, re.M)}
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in headings
        else:
            assert (ROOT / "docs" / target).exists()
