"""Hostile text through a real worker, and then on the terminal of whoever looks: in no command does it do anything."""

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.wire import Wire, article, environment_of
from workers import kafka_io
from workers.settings import Settings

HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202eLLIK\u2066 \x9b31m[/red][bold]\x08\r\n\u2028X-Injected: yes"
URI = "urn:test:hostile"
RECORDS = 6
STYLE = re.compile(r"\x1b\[[0-9;]*m")
"""What the commands themselves colour with."""


def publish(settings: Settings) -> None:
    hostile: dict[str, Any] = {
        "source": HOSTILE,
        "headline": HOSTILE,
        "byline": HOSTILE,
        "slugline": HOSTILE,
        "edNote": HOSTILE,
    }
    body = f"{article(1)} {HOSTILE}\n\nYou may also like\n\n{HOSTILE} rises by a tenth"
    values = [
        hostile | {"uri": URI, "body": body},
        hostile | {"uri": f"{URI}:copy", "body": body, "source": "other"},
        hostile | {"uri": HOSTILE, "body": article(2)},
        hostile | {"uri": f"{URI}:short", "body": "Too short."},
        hostile | {"uri": f"{URI}:dead", HOSTILE: HOSTILE},
    ]
    sent: list[object] = []
    headers = [("\x1b[2Jname\u202e", b"\x1b[2J\x9b"), ("replay-of", b"\x1b[2J/0/1"), ("ce_source", HOSTILE.encode())]
    with kafka_io.Publisher(settings, lambda _, result: sent.append(result)) as publisher:
        for value in [*(json.dumps(v).encode() for v in values), HOSTILE.encode()]:
            publisher.send(value, HOSTILE.encode(), "x", headers)
        publisher.flush()
    assert all(isinstance(result, kafka_io.Acknowledged) for result in sent)


def shown(arguments: list[str], environment: dict[str, str], *, width: int = 120) -> tuple[str, str]:
    """What a command writes on a terminal as wide as that, and to standard error, which is a pipe."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "workers.cli", *arguments]
    own = {**os.environ, **environment, "TERM": "xterm-256color", "COLUMNS": str(width), "LINES": "50"}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE, env=own)
    os.close(theirs)
    assert process.stderr is not None
    with process, contextlib.closing(process.stderr):
        out = b"".join(_pieces(ours))
        return out.decode(), process.stderr.read().decode()


def _pieces(terminal: int) -> Iterator[bytes]:
    with contextlib.suppress(OSError):  # how Linux says that nobody writes there any more
        while piece := os.read(terminal, 1 << 16):
            yield piece
    os.close(terminal)


def harm_in(text: str) -> set[str]:
    """What a terminal would obey in it, or not show."""
    bare = STYLE.sub("", text).replace("\r\n", "\n").replace("\n", "")
    return {c for c in bare if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")}


@pytest.fixture(scope="module")
def environment(
    make_settings: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Settings of a wire on which hostile text came to each kind of outcome."""
    settings, folder = make_settings(), tmp_path_factory.mktemp("hostile")
    with Wire(settings, folder) as wire:
        publish(settings)
        wire.add_worker()
        with kafka_io.Reader(settings, list(settings.output_topics), from_start=True) as reader:
            found: list[kafka_io.Record] = []
            while len(found) < RECORDS:
                found += reader.poll(0.5)
        assert {record.role for record in found} == {"clean", "duplicates", "rejected", "dlq"}
        assert all(
            b"\x1b" not in value
            for record in found
            for name, value in record.headers.items()
            if name.startswith(("ce_", "dlq-"))
        )
        addresses = {"KAFKA_BOOTSTRAP": settings.kafka_bootstrap, "REDIS_URL": settings.redis_url}
        assert not harm_in(wire.workers[0].log_file.read_text())
        yield environment_of(settings, folder) | addresses


@pytest.mark.parametrize(
    "arguments",
    [
        ["tail", "all", "--from-start", "--stop-at-end"],
        ["tail", "all", "--from-start", "--stop-at-end", "--json"],
        ["why", URI],
        ["why", URI, "--json"],
        ["why", f"{URI}:copy"],
        ["why", f"{URI}:dead"],
        ["why", HOSTILE],
        ["replay", "--dry-run"],
        ["replay", "--dry-run", "--json"],
        ["replay", "--reason", HOSTILE],
        ["replay", "--origin", HOSTILE],
        ["why", "--file", HOSTILE],
        ["produce", HOSTILE],
        ["clean", HOSTILE],
        ["why", f"--{HOSTILE}"],
        ["tail", HOSTILE],
        ["tail", "-n", HOSTILE],
        ["why", f"{HOSTILE}\udcff"],
        ["why", f"{HOSTILE}", "--source", "\udcff"],
        ["why", "--source", "LLIK\udcff", "--file", __file__],
        ["replay", "--origin", f"{HOSTILE}\udcff"],
        ["replay", "--dry-run", "--source", f"{HOSTILE}\udcff"],
        [HOSTILE],
    ],
    ids=lambda arguments: ascii(" ".join(arguments).replace(HOSTILE, "X").replace(__file__, "FILE")),
)
def test_nothing_happens_on_a_terminal(arguments: list[str], environment: dict[str, str]) -> None:
    """Only this program's own colours reach it; what was hostile is shown by its code."""
    out, errors = shown(arguments, environment)
    assert "Traceback" not in errors
    assert not harm_in(out), ascii(out)
    assert not harm_in(errors), ascii(errors)
    assert arguments[-1].endswith((":dead", "\udcff")) or "LLIK" in out + errors, "nothing hostile was shown"


@pytest.mark.parametrize("arguments", [["clean"], ["clean", "--show"], ["why", "--file"], ["produce"]], ids=" ".join)
def test_nor_by_a_file(arguments: list[str], environment: dict[str, str], tmp_path: Path) -> None:
    """The same of articles in a file whose name is hostile too."""
    file = tmp_path / HOSTILE.replace("/", "")
    raw = {"source": HOSTILE, "headline": HOSTILE, "uri": URI + ":file", "body": f"{article(3)}\n{HOSTILE}"}
    rest = f"\nno JSON {HOSTILE}".replace("\r\n", " ") if arguments in (["clean"], ["produce"]) else ""
    file.write_text(json.dumps(raw) + rest, encoding="utf-8", newline="")
    out, errors = shown([*arguments, str(file)], environment)
    assert "Traceback" not in errors
    assert not harm_in(out), ascii(out)
    assert not harm_in(errors), ascii(errors)
    assert out
