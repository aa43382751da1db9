"""Text from outside does nothing but be text: on a terminal, in a log, in a header, in the name of a file."""

import gzip
import io
import json
import logging
import sys
import unicodedata
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from workers import cli, log
from workers.article import RawArticle
from workers.cleaning import clean as clean_article
from workers.commands import clean, produce
from workers.decode import decode
from workers.errors import DeadLetterError, NewswireError, SettingsError
from workers.headers import article_headers
from workers.outcome import Origin
from workers.settings import load
from workers.terminal import plain_json, plain_lines

HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202eLLIK\u2066 \x9b31m[/red][bold]\x08\r\n\u2028X-Injected: yes"
SECRET = "the password"
FIELDS = (
    "source body uri url headline byline slugline language urgency contentType version firstCreated versionCreated pubStatus signal"
).split()


class Terminal(io.TextIOWrapper):
    """A standard output that says that people look at it."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return True

    @property
    def written(self) -> str:
        return self.buffer.getvalue().decode()  # type: ignore[attr-defined,no-any-return]


def is_harmless(shown: str) -> bool:
    """Nothing in it but what is seen, spaces, ends of lines, and the joiners that spelling needs."""
    seen = set(shown) - {"\n", "\u200c", "\u200d"}
    return not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in seen)


@given(st.text(max_size=200))
def test_lines_stay_lines(text: str) -> None:
    """Whatever the text, a terminal obeys nothing in it but its ends of lines."""
    shown = plain_lines(text)
    assert is_harmless(shown)
    assert shown.count("\n") == text.count("\n")


@given(
    st.recursive(
        st.text(max_size=60), lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=9), v, max_size=3)
    )
)
def test_json_for_people_is_the_same_json(value: Any) -> None:
    """What is invisible is written by its code, and reads back the same."""
    written = orjson.dumps(value, option=orjson.OPT_INDENT_2)
    shown = plain_json(written)
    assert json.loads(shown) == value
    assert is_harmless(shown.decode())


def test_clean_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`newswire clean` without --show writes JSON that a terminal only shows; in a pipe it is untouched."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(orjson.dumps({"source": HOSTILE, "headline": HOSTILE, "uri": "urn:x", "body": f"{HOSTILE} " * 9}))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    assert clean.run([file]) == 0
    assert is_harmless(terminal.written)
    assert json.loads(terminal.written)["uri"] == "urn:x"


def test_an_error_is_only_read(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of several lines keeps them, and nothing else happens."""

    def fails(*_: object, **__: object) -> int:
        raise NewswireError(f"its log:\n  {HOSTILE}")

    monkeypatch.setattr(produce, "run", fails)
    assert cli.run(["produce"]) == 1
    told = capsys.readouterr().err
    assert is_harmless(told)
    assert told.startswith("newswire: its log:\n  \\x1b[2J")


@pytest.mark.parametrize("arguments", [["why", f"--{HOSTILE}"], [HOSTILE], ["tail", HOSTILE], ["tail", "-n", HOSTILE]])
def test_a_wrong_argument_is_only_shown(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A script may pass on what came from outside."""
    assert cli.run(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("newswire: ")
    assert is_harmless(told)
    assert "LLIK" in told


def test_the_name_of_a_file_is_no_markup() -> None:
    """A file may be called [/]: its name is shown, and the command goes on."""
    console = Console(file=io.StringIO(), force_terminal=True)
    sent: list[bytes] = []

    class Publisher:
        def send(self, value: bytes, _key: object, _where: object) -> None:
            sent.append(value)

    with console.status("connecting") as status, pytest.MonkeyPatch.context() as patch:
        patch.setattr(produce, "_lines", lambda _: ((n, b'{"uri": "x"}') for n in range(1, 1_001)))
        produce._send_file(f"[/red]{HOSTILE}.jsonl", Publisher(), produce.Tally(), status, raw=False)  # type: ignore[arg-type]
    assert len(sent) == 1_000


@pytest.mark.parametrize("content", [gzip.compress(b'{"a": 1}\n' * 9_999)[:-20], b"\x1f\x8b" + b"rubbish" * 99])
def test_a_broken_file_is_an_error_in_a_line(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A compressed file that is cut or spoilt ends `clean` with status 2, without a traceback."""
    file = tmp_path / "cut\x1b[2J.jsonl.gz"
    file.write_bytes(content)
    assert clean.run([file]) == 2
    told = capsys.readouterr().err
    assert told.startswith("newswire clean: ")
    assert is_harmless(told)


@pytest.mark.parametrize("group", ["..", ".", "../x", "a/b", ".hidden", "a\n"])
def test_a_group_is_no_path(group: str) -> None:
    """It names a folder of the worker's state."""
    with pytest.raises(SettingsError, match="NEWSWIRE_GROUP"):
        load(group=group)


def fail(secret: str) -> None:
    """With a value at hand that no traceback may show."""
    raise ValueError(HOSTILE + secret[:0])


def test_logs_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values, messages of libraries and tracebacks are plain; a traceback shows no variable."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        log.set_up(load(log_format="console"))
        structlog.get_logger("newswire.test").warning("event", origin=HOSTILE.replace(" ", ""), many=[HOSTILE])
        logging.getLogger("a.library").warning("it said %s", HOSTILE)
        try:
            fail(SECRET)
        except ValueError:
            structlog.get_logger("newswire.test").exception("internal error")
    finally:
        root.handlers, root.level = before, level
        structlog.reset_defaults()
    shown = out.getvalue()
    own = "".join(part for part in shown.split("\x1b[") if part)
    assert "\x1b" not in own
    assert not {"\x9b", "\u202e", "\x07", "\x08", "\r", "\u2028"} & set(shown)
    assert "\x1b[2J" not in shown
    assert "\\x1b[2J" in shown
    assert "the password" not in shown


@given(st.text(min_size=1, max_size=256))
def test_a_source_cannot_inject_a_header(source: str) -> None:
    """Whatever the source is called, our headers are printable ASCII without a space, and as many as ever."""
    for name in (source, HOSTILE):
        headers = article_headers(Origin("t", 0, 1), name, "new", 0, [])
        assert len(headers) == 8
        assert all(33 <= byte < 127 for key, value in headers for byte in key.encode() + value)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "value", [HOSTILE, HOSTILE * 200_000, f"http://{HOSTILE}/", f"2026{HOSTILE}", [HOSTILE], {HOSTILE: 1}]
)
def test_a_dead_letter_does_not_quote(field: str, value: Any) -> None:
    """Its message names the field and the rule, never what stood there."""
    raw = {"source": "s", "body": "b", field: value}
    try:
        assert isinstance(decode(json.dumps(raw).encode()), RawArticle)
    except DeadLetterError as e:
        message = str(e)
        assert message.isprintable()
        assert "LLIK" not in message


def test_no_hidden_character_comes_of_mojibake() -> None:
    """An override of the direction, read in a wrong encoding, is not made whole again: it is taken out."""
    body = "The mayorâ€™s office said â€®LLIK it and â€¨ went on. The councilâ€™s report will be published on Monday."
    text = clean_article(RawArticle("a", "urn:x", body, "text/plain")).text
    assert text == ("The mayor’s office said LLIK it and\n\nwent on. The council’s report will be published on Monday.")
