"""Output records: the item, the envelope, the headers, and what fits."""

from dataclasses import replace
from typing import Any, get_args

import orjson
import pytest

from workers.article import RawArticle
from workers.encode import ENVELOPE_MAX_BYTES, MAX_FAMILY, build_item, finish, prepare, record_bytes
from workers.errors import DeadLetterError
from workers.headers import RawHeaders
from workers.ninjs import is_valid_item
from workers.outcome import CleanText, Decision, Origin, OutputRecord, RejectionReason, Removed, Verdict
from workers.versions import integer_version

MAX = 16 << 20
ORIGIN = Origin("news.raw.v1", 3, 17)
URI = "http://a.example/1"
LONGEST_URI = "http://a.example/" + "x" * 2_031
ARTICLE = RawArticle("The Wire", URI, "raw", "text/plain")
TEXT = CleanText("Rain fell.\n\nIt stopped.")


def finished(
    decision: Decision, article: RawArticle = ARTICLE, cleaned: CleanText = TEXT, headers: RawHeaders = ()
) -> OutputRecord:
    prepared = prepare(article, cleaned, MAX)
    return finish(prepared, decision, ORIGIN, headers, 1_000_000, 2_500_000, "sig-1", "clean-1")


def value_of(record: OutputRecord) -> Any:
    return orjson.loads(record.value)


def test_the_least_item() -> None:
    """What is not known is not there."""
    assert build_item(ARTICLE, TEXT) == {
        "uri": URI,
        "type": "text",
        "standard": {
            "name": "ninjs",
            "version": "3.1",
            "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json",
        },
        "pubStatus": "usable",
        "bodies": [
            {
                "role": "main",
                "contentType": "text/plain",
                "charCount": 23,
                "wordCount": 4,
                "value": "Rain fell.\n\nIt stopped.",
            }
        ],
        "infoSources": [{"name": "The Wire"}],
    }


def test_a_full_item() -> None:
    """The record's own facts, in the names of ninjs, valid there."""
    article = replace(
        ARTICLE, url="http://a.example/1?x", headline="Rain", byline="Jo", slugline="rain", language="en", urgency=2,
        version=integer_version(7), first_created_us=0, version_created_us=1_500_000,
        passed_through={"edNote": "n", "altIds": [{"role": "guid", "value": "g"}], "headlines": [{"value": "Drizzle"}]},
    )  # fmt: skip
    item = build_item(article, CleanText("x", headline="page", byline="page", language="fr", first_created_us=9))
    assert item["headlines"] == [{"role": "main", "value": "Rain"}, {"value": "Drizzle"}]
    assert item["altIds"] == [{"role": "url", "value": "http://a.example/1?x"}, {"role": "guid", "value": "g"}]
    assert (item["by"], item["slugline"], item["language"], item["urgency"]) == ("Jo", "rain", "en", 2)
    assert (item["version"], item["edNote"]) == ("7", "n")
    assert (item["firstCreated"], item["versionCreated"]) == ("1970-01-01T00:00:00Z", "1970-01-01T00:00:01.500000Z")
    assert is_valid_item(item)


def test_the_page_fills_gaps() -> None:
    """What a page states about itself stands where the record states nothing; a date that is none does not."""
    page = CleanText("x", headline="H", byline="B", language="de", first_created_us=0, version_created_us=10**18)
    item = build_item(ARTICLE, page)
    assert (item["headlines"][0]["value"], item["by"], item["language"]) == ("H", "B", "de")
    assert item["firstCreated"] == "1970-01-01T00:00:00Z"
    assert "versionCreated" not in item


def test_a_kill_has_no_text() -> None:
    """Whatever came with it."""
    article = replace(
        ARTICLE,
        pub_status="canceled",
        headline="KILL",
        passed_through={"descriptions": [{"value": "d"}], "edNote": "e"},
    )
    item = build_item(article, TEXT)
    assert (item["pubStatus"], item["headlines"][0]["value"], item["edNote"]) == ("canceled", "KILL", "e")
    assert not {"bodies", "descriptions"} & set(item)
    assert is_valid_item(item)


def test_a_flash_has_headlines_only() -> None:
    """An item without text has no bodies."""
    item = build_item(replace(ARTICLE, headline="Flash", urgency=1), CleanText(""))
    assert "bodies" not in item
    assert is_valid_item(item)


def test_words_without_spaces() -> None:
    """In scripts without spaces each character counts, as word processors do."""
    body = build_item(ARTICLE, CleanText("東京で雨。 Rain in Tokyo – heavy"))["bodies"][0]
    assert body["wordCount"] == 4 + 1 + 5


def test_a_new_article() -> None:
    """The envelope, key and headers of the contract."""
    record = finished(Decision("new", URI, seq=5), headers=[("traceparent", b"00-1")])
    assert (record.role, record.key) == ("clean", URI.encode())
    value = value_of(record)
    assert list(value) == ["item", "dedup", "cleaning", "provenance"]
    assert value["item"] == build_item(ARTICLE, TEXT)
    assert value["dedup"] == {
        "verdict": "new", "story": URI, "of": None, "relation": None, "revision": 1, "jaccard": None, "containment": None,
        "containmentOf": None, "method": "sig-1", "seq": 5,
    }  # fmt: skip
    assert value["provenance"] == {
        "topic": "news.raw.v1", "partition": 3, "offset": 17, "receivedAt": "1970-01-01T00:00:01Z",
        "publishedAt": "1970-01-01T00:00:02.500000Z", "cleaner": "clean-1",
    }  # fmt: skip
    assert dict(record.headers) == {
        "origin": b"news.raw.v1/3/17", "content-type": b"application/json", "schema-version": b"1.1.0",
        "ce_specversion": b"1.0", "ce_id": b"news.raw.v1/3/17", "ce_source": b"/newswire/The%20Wire",
        "ce_type": b"news.article.new.v1", "ce_time": b"1970-01-01T00:00:02.500000Z", "traceparent": b"00-1",
    }  # fmt: skip


def test_a_duplicate() -> None:
    """It is keyed by the kept article and carries the evidence."""
    record = finished(
        Decision("duplicate", "urn:x:story", "urn:x:kept", "near", jaccard=2 / 3, containment=1.0, containment_of=0.5)
    )
    assert (record.role, record.key) == ("duplicates", b"urn:x:kept")
    dedup = value_of(record)["dedup"]
    assert (dedup["jaccard"], dedup["containment"], dedup["containmentOf"]) == (0.6667, 1.0, 0.5)


def test_a_rejection() -> None:
    """It has a reason instead of a verdict; what was removed is told, shortened and counted."""
    removed = (Removed("paywall", 900, "Subscribe " * 90),) * 150
    article = replace(ARTICLE, left_out=("expires",))
    record = finished(Decision("rejected", URI, reason="boilerplate-only"), article, CleanText("", removed))
    assert (record.role, record.key) == ("rejected", URI.encode())
    value = value_of(record)
    assert value["rejection"] == {"reason": "boilerplate-only", "of": None}
    assert "dedup" not in value
    assert len(value["cleaning"]["removed"]) == 100
    assert len(value["cleaning"]["removed"][0]["text"]) == 160
    assert (value["cleaning"]["removedChars"], value["cleaning"]["leftOut"]) == (135_000, ["expires"])


def test_a_withheld_article() -> None:
    """Rejected, it keeps its text for the desk; as a cancel it goes to the wire and must not."""
    article = replace(ARTICLE, pub_status="withheld")
    cancel = finished(Decision("cancel", URI, URI, "cancel"), article)
    assert (cancel.role, value_of(cancel)["item"]["pubStatus"]) == ("clean", "withheld")
    assert "bodies" not in value_of(cancel)["item"]
    assert "bodies" in value_of(finished(Decision("rejected", URI, reason="withheld"), article))["item"]


def test_a_family_is_bounded() -> None:
    """A kill lists other uris of its story, and says how many there are when it cannot list all."""
    few = value_of(finished(Decision("cancel", URI, family=("urn:x:1",))))["dedup"]
    many = value_of(finished(Decision("cancel", URI, family=("urn:x:1",) * 100)))["dedup"]
    assert few["family"] == ["urn:x:1"]
    assert "familySize" not in few
    assert (len(many["family"]), many["familySize"]) == (MAX_FAMILY, 100)


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_after_prepare_everything_fits_and_nothing_fails(verdict: Verdict) -> None:
    """The largest envelope, odd times and odd headers included."""
    u, longest = LONGEST_URI, max(get_args(RejectionReason), key=len)
    article = replace(ARTICLE, uri=u, source="例" * 256)
    decision = Decision(verdict, u, u, "write-thru", longest, 2**63, 1 / 3, 1 / 3, 1 / 3, 2**63, (u,) * 99)
    headers: RawHeaders = [("x", b"v" * 90), ("origin", None), ("é", b"\xff")] * 999
    prepared = prepare(article, TEXT, MAX)
    topic = Origin("t" * 249, 2**31, 2**63 - 1)
    record = finish(prepared, decision, topic, headers, 2**63, -(2**63), "m" * 64, "c" * 64)
    added = (
        record_bytes(record.key, record.value, record.headers) - len(prepared.item_json) - len(prepared.cleaning_json)
    )
    assert added < ENVELOPE_MAX_BYTES
    assert value_of(record)["item"]["uri"] == u


def test_what_would_not_fit_is_found_before_the_claim() -> None:
    """Whether the envelope turns out small or not."""
    prepared = prepare(ARTICLE, TEXT, MAX)
    size = len(prepared.item_json) + len(prepared.cleaning_json) + ENVELOPE_MAX_BYTES
    assert prepare(ARTICLE, TEXT, size) == prepared
    with pytest.raises(DeadLetterError) as caught:
        prepare(ARTICLE, TEXT, size - 1)
    assert caught.value.reason == "too-large"
