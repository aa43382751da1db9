"""`newswire clean`: JSON lines in, JSON lines out, in order."""

import gzip
import io
import sys
import tomllib
from pathlib import Path
from typing import Any

import orjson
import pytest
from rich.text import Text

from workers.article import RawArticle
from workers.cleaned import Cleaned, Cleaner
from workers.cleaning import clean
from workers.cleaning.chrome import kind_of
from workers.commands import clean as command
from workers.errors import DeadLetterError
from workers.page_pool import PagePool
from workers.settings import load
from workers.struck_out import WHY, marked

STORY = "The mayor of Port Varney resigned on Monday after the bridge report was published."
GOOD = {"uri": "urn:example:1", "source": "outlet-7", "body": f"{STORY}\nYou may also like\nFerry fares to rise"}
WALL = {"uri": "urn:example:2", "source": "outlet-7", "body": "Please enable JavaScript to view this page."}


class _Pipe(io.TextIOWrapper):
    """A standard stream that a test can read."""


def lines(*records: Any) -> bytes:
    return b"".join(r if isinstance(r, bytes) else orjson.dumps(r) + b"\n" for r in records)


def run_on(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", _Pipe(io.BytesIO(data)))
    monkeypatch.setattr(sys, "stdout", _Pipe(out, write_through=True))
    assert command.run(None) == 0
    return [orjson.loads(line) for line in out.getvalue().splitlines()]


def test_each_record_comes_out_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clean, rejected and not understood, each with its reason."""
    found = run_on(lines(GOOD, WALL, b"{not json\n", GOOD), monkeypatch)
    assert [r["outcome"] for r in found] == ["clean", "rejected", "dead-letter", "clean"]
    assert [r["reason"] for r in found] == [None, "boilerplate-only", "not-json", None]
    assert found[0]["text"] == STORY
    assert [r["kind"] for r in found[0]["removed"]] == ["heading", "related"]
    assert found[0]["item"]["uri"] == "urn:example:1"
    assert found[1]["text"] is None


def test_files_may_be_gzipped(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Files are read one after the other."""
    plain, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    plain.write_bytes(lines(GOOD))
    packed.write_bytes(gzip.compress(lines(WALL)))
    assert command.run([plain, str(packed)]) == 0
    assert [orjson.loads(line)["uri"] for line in capfdbinary.readouterr().out.splitlines()] == [
        "urn:example:1",
        "urn:example:2",
    ]


def test_a_file_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback: the name and what is wrong with it."""
    assert command.run(["no-such-file.jsonl"]) == 2
    assert capsys.readouterr().err == "newswire clean: no-such-file.jsonl: No such file or directory\n"


PAGE = {"uri": "urn:example:3", "source": "outlet-7", "contentType": "text/html"}
MARKUP = "<html><title>Mayor resigns</title><body><article>" + "".join(
    f"<p>{STORY} So it was on day {n}.</p>" for n in range(4)
)
FAULTY = (str(Path(__file__).with_name("faulty_pages.py")),)


def test_pages_come_out_in_order_beside_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are read in child processes, ahead, and each comes out where it went in."""
    records = [
        GOOD | {"uri": f"urn:example:{n}"} if n % 3 else PAGE | {"uri": f"urn:example:{n}", "body": MARKUP + f"<p>{n}"}
        for n in range(150)
    ]
    found = run_on(lines(*records), monkeypatch)
    assert [r["uri"] for r in found] == [f"urn:example:{n}" for n in range(150)]
    assert {r["text"] for r in found[1::3]} == {STORY}
    assert all(
        r["text"].startswith(STORY) and r["item"]["headlines"][0]["value"] == "Mayor resigns" for r in found[::3]
    )


@pytest.mark.parametrize("fault", ["SPIN", "EXIT", "SEGFAULT", "EAT"])
def test_a_page_that_no_parser_stands_is_rejected(fault: str) -> None:
    """It costs itself alone, like in the worker, and says so."""
    cleaner = Cleaner(load())
    cleaner._pages = PagePool(2, 0.5, 200 << 20, FAULTY)
    records = [orjson.dumps(PAGE | {"body": body}) for body in (MARKUP, f"<p>{fault}</p>", MARKUP)]
    try:
        before, found, after = cleaner.clean_all(records)
    finally:
        cleaner.close()
    assert isinstance(found, Cleaned)
    assert (found.text.rejection, found.text.text) == ("unsafe-page", "")
    assert before == after


def test_a_page_has_the_processor_time_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that takes longer than it may is rejected with its reason."""
    monkeypatch.setenv("NEWSWIRE_PAGE_CPU_S", "0.001")
    (found,) = run_on(lines(PAGE | {"body": MARKUP * 50}), monkeypatch)
    assert (found["outcome"], found["reason"], found["text"]) == ("rejected", "unsafe-page", None)


def test_a_bug_costs_one_record() -> None:
    """As in the worker it is a dead letter, and the records after it come out."""
    cleaner = Cleaner(load())
    cleaner._pages = PagePool(1, 0.5, 200 << 20, FAULTY)
    try:
        bug, good = cleaner.clean_all([orjson.dumps(PAGE | {"body": "<p>RAISE</p>"}), orjson.dumps(GOOD)])
    finally:
        cleaner.close()
    assert isinstance(bug, DeadLetterError)
    assert bug.reason == "internal-error"
    assert isinstance(good, Cleaned)


def test_a_kill_is_not_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no text to judge, and is no boilerplate."""
    (found,) = run_on(lines(GOOD | {"pubStatus": "canceled", "body": ""}), monkeypatch)
    assert (found["outcome"], found["item"]["pubStatus"]) == ("clean", "canceled")


def test_show_strikes_out_what_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For the eye: what goes stands where it stood, with its kind and what that means."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(lines(GOOD, b"{\n"))
    assert command.run([file], show=True) == 0
    shown = capsys.readouterr().out
    assert "You may also like   heading" in shown
    assert "Ferry fares to rise   related" in shown
    assert "dead letter: not-json" in shown


def struck(line: Text) -> str:
    """What of a shown line is struck out."""
    return "".join(line.plain[s.start : s.end] for s in line.spans if "strike" in str(s.style)) or (
        line.plain.partition("   ")[0] if "strike" in str(line.style) else ""
    )


def test_show_strikes_out_in_place() -> None:
    """Whole lines, second copies and spans inside a line; what stays is plain."""
    body = "\n".join([STORY, "READ ALSO: Ferry fares to rise", f"The vote is  on Monday. ADVERTISEMENT {STORY}", STORY])
    cleaned = clean(RawArticle("outlet-7", "urn:example:1", body, "text/plain"))
    shown = list(marked(body, cleaned.text, cleaned.removed))
    assert [struck(line) for line in shown] == ["", "READ ALSO: Ferry fares to rise", "ADVERTISEMENT", STORY]
    assert shown[1].plain.endswith("   pointer: points at another article")


def test_show_strikes_out_in_the_text_of_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a page's own text loses is struck out where it stood."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(lines(PAGE | {"body": MARKUP.replace("<p>", "<p>READ ALSO: Ferry fares to rise</p><p>", 1)}))
    assert command.run([file], show=True) == 0
    shown = capsys.readouterr().out
    assert shown.index("READ ALSO: Ferry fares to rise   pointer") < shown.index("So it was on day 0.")


def test_every_kind_is_explained() -> None:
    """No rule takes out what an editor is told nothing about."""
    phrases = tomllib.loads((Path(kind_of.__code__.co_filename).parent / "phrases.toml").read_text(encoding="utf-8"))
    kinds = {kind for of_language in phrases.values() for kind in of_language} - {
        "weak",
        "pointers",
        "headings",
        "roots",
        "networks",
        "buttons",
    }
    by_rule = {
        "repeat",
        "related",
        "heading",
        "pointer",
        "outlet",
        "headline",
        "byline",
        "date",
        "counter",
        "breadcrumb",
        "source",
    }
    assert kinds | by_rule <= set(WHY)
