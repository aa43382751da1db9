"""`newswire clean`: JSON lines in, JSON lines out, in order."""

import gzip
import io
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from workers.commands import clean as command

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


def test_show_strikes_out_what_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For the eye: what goes stands beside its kind."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(lines(GOOD, b"{\n"))
    assert command.run([file], show=True) == 0
    shown = capsys.readouterr().out
    assert "You may also like   heading" in shown
    assert "Ferry fares to rise   related" in shown
    assert "dead letter: not-json" in shown
