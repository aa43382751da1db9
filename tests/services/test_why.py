"""`newswire why` on a real run: a copy, an excerpt, a correction, a kill, a dead letter, and texts nobody has sent yet."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.wire import Wire, article
from workers import kafka_io, settings
from workers.cleaning.learned import line_key
from workers.cli import run as newswire
from workers.errors import ServerError
from workers.lines import LearnedLines, Lesson
from workers.settings import Settings

STORY = "\n\n".join(article(n, 60) for n in range(40, 44))
CORRECTED = STORY.replace("Report 42.", "Report forty-two, corrected.")
EXCERPT = STORY.split("\n\n", 2)[0] + "\n\n" + STORY.split("\n\n", 2)[1]
OF_KILLED = article(77, 120)
URL, KEY = "https://gazette.example/a", b"one"


def raws() -> list[dict[str, Any]]:
    return [
        {"source": "Gazette", "uri": URL, "headline": "The first report", "body": STORY, "version": 1},
        {
            "source": "Courier",
            "uri": "urn:copy",
            "headline": "\x1b[31mCopied",
            "body": STORY + "\n\nYou may also like\n\nTen best beds",
        },
        {"source": "Post", "uri": "urn:excerpt", "body": EXCERPT},
        {"source": "Gazette", "uri": URL, "headline": "The first report", "body": CORRECTED, "version": 2},
        {"source": "Gazette", "uri": "urn:killed", "headline": "To be killed", "body": OF_KILLED},
        {"source": "Gazette", "uri": "urn:killed", "pubStatus": "canceled"},
        {"source": "Post", "uri": "urn:copy-of-killed", "body": OF_KILLED},
        {"source": 5, "uri": "urn:broken", "body": "wrong type"},
    ]


@pytest.fixture(scope="module")
def wire(make_settings: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The story, sent and worked off."""
    with Wire(make_settings(partitions=1), tmp_path_factory.mktemp("why")) as wire:
        wire.add_worker()

        def settled(_: Any, result: kafka_io.Acknowledged | ServerError) -> None:
            assert isinstance(result, kafka_io.Acknowledged)
            wire.sent[f"{wire.settings.topic_raw}/{result.partition}/{result.offset}"] = "sent"

        with kafka_io.Publisher(wire.settings, settled) as publisher:
            for raw in raws():
                publisher.send(json.dumps(raw).encode(), KEY, raw)
            publisher.flush()
        wire.groups["sent"] = 0
        assert wire.ledger().sent == len(raws())
        yield wire.settings


Ask = Callable[..., str]


@pytest.fixture
def ask(wire: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Asks on the command line, and returns what it prints."""
    monkeypatch.setattr(settings, "load", lambda: wire)
    monkeypatch.setenv("COLUMNS", "120")

    def asked(*arguments: str, status: int = 0) -> str:
        assert newswire(["why", *arguments]) == status
        return capsys.readouterr().out

    return asked


async def _learn(settings: Settings, source: str, line: str) -> None:
    lines = LearnedLines(settings)
    await lines.learn([Lesson(source, f"urn:{n}", line_key(line)) for n in range(30)])
    await lines.close()


def test_a_text_is_cleaned_by_what_is_learned_of_its_source(
    ask: Ask, wire: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it would be if it came now; of another source nothing is known."""
    asyncio.run(_learn(wire, "Gazette", "Get the Gazette app on your phone today"))
    capsys.readouterr()
    file = tmp_path / "draft.txt"
    file.write_text(f"{article(1234)}\n\nGet the Gazette app on your phone today")
    found = [json.loads(ask("--file", str(file), "--source", s, "--json")) for s in ("Gazette", "Post")]
    assert ["Get the Gazette app" in str(f["wouldBe"].get("removed")) for f in found] == [True, False]


def test_a_copy_says_of_what_how_much_and_which_words(ask: Ask) -> None:
    told = ask("urn:copy")
    for part in ("kept out as a copy", "The first report", "100% known", "a copy from 68%", "Shared passages", URL):
        assert part in told
    assert "Ten best beds" in told, "what cleaning took out"
    assert "\x1b" not in told


def test_an_excerpt_for_programs(ask: Ask) -> None:
    told = json.loads(ask("urn:excerpt", "--json"))
    assert told["now"]["standing"] == "duplicate"
    (record,) = told["records"]
    assert (record["relation"], record["of"]) == ("excerpt", URL)
    evidence = told["evidence"]
    assert evidence["wholeTexts"]["containment"] == 1
    assert evidence["wholeTexts"]["containmentOf"] == pytest.approx(0.5, abs=0.05)
    assert evidence["thresholds"][0]["distance"] == pytest.approx(1 - 0.68, abs=0.01)
    assert evidence["shared"][0].startswith("Report 40.")


def test_a_correction_shows_what_changed_and_who_copied(ask: Ask) -> None:
    told = ask("HTTPS://gazette.example:443/a?utm_source=x")
    for part in (
        "published, revision 2, version 2",
        "revision 1",
        "forty-two, corrected.",
        "urn:copy",
        "urn:excerpt",
    ):
        assert part in told
    assert "Kept out as copies of it: 2" in told


def test_a_kill_and_what_came_after_it(ask: Ask) -> None:
    assert "killed" in ask("urn:killed")
    copy = ask("urn:copy-of-killed")
    for part in ("copy-of-canceled", "To be killed", "It is killed now", "100% of its shingles"):
        assert part in copy


def test_dead_letters_that_mention_it(ask: Ask) -> None:
    told = ask("urn:broken")
    assert "Dead letters that mention it: 1" in told
    assert "wrong-type" in told


def test_what_is_not_known_says_where_was_looked(ask: Ask, wire: Settings) -> None:
    told = ask("www.gazette.example/a/", status=1)
    assert f"newswire why {URL}" in told
    assert wire.topic_clean in told


def test_what_a_text_would_be(ask: Ask, tmp_path: Path, wire: Settings) -> None:
    """Nothing is sent: asked twice, it is told the same."""
    text = tmp_path / "text.txt"
    text.write_text(CORRECTED.replace("Report 41.", "Report by another."))
    told = ask("--file", str(text))
    for part in ("It would be: copy", "The first report", "Shared passages", "New in it", "Nearest in the index"):
        assert part in told
    assert ask("--file", str(text)) == told
    fields = json.loads(ask("--file", str(text), "--json"))
    assert fields["wouldBe"]["of"] == URL
    assert [near["uri"] for near in fields["nearest"]] == [URL]
    text.write_text(article(900, 60))
    assert "It would be: new" in ask("--file", str(text))
