"""The command line: help that teaches, errors in one line with a status, nothing imported that is not needed."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workers import __version__, cli
from workers.commands import down as down_command
from workers.errors import NewswireError, ServerError, SettingsError

ROOT = Path(__file__).parents[2]
COMMANDS = [
    "clean",
    "config",
    "curve",
    "demo",
    "doctor",
    "down",
    "produce",
    "status",
    "tail",
    "topics",
    "up",
    "why",
    "worker",
]


def newswire(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workers.cli", *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(f" {command} " in told for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_teaches_by_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each shows itself in use, line by line."""
    assert cli.run([command, "--help"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert any(line.startswith(f"newswire {command}") for line in lines)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize("arguments", [["no-such-command"], ["up", "--no-such-option"], ["up", "--workers", "two"]])
def test_a_wrong_option_ends_with_2(arguments: list[str]) -> None:
    assert cli.run(arguments) == 2


def raises(error: BaseException) -> Callable[[], int]:
    def run() -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SettingsError("setting NEWSWIRE_GROUP='': too short"), 2),
        (ServerError("Kafka is not there"), 3),
        (NewswireError("something else"), 1),
    ],
)
def test_an_error_of_ours_is_one_line(
    error: NewswireError, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(down_command, "run", raises(error))
    assert cli.run(["down"]) == status
    assert capsys.readouterr().err == f"newswire: {error}\n"


def test_ctrl_c_ends_quietly_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(down_command, "run", raises(KeyboardInterrupt()))
    assert cli.run(["down"]) == 130
    assert capsys.readouterr().err == ""


def test_a_reader_that_leaves_is_no_error() -> None:
    """`newswire --help | true` says nothing on stderr."""
    code = f"{sys.executable} -m workers.cli --help | true"
    done = subprocess.run(["bash", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_a_wrong_setting_is_named_with_its_value_and_no_traceback() -> None:
    done = newswire("topics", NEWSWIRE_PARTITIONS="none")
    assert done.returncode == 2
    assert "NEWSWIRE_PARTITIONS='none'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_not_there_is_named_and_no_traceback() -> None:
    done = newswire("topics", KAFKA_BOOTSTRAP="127.0.0.1:1")
    assert done.returncode == 3
    assert "127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_server_library_is_imported_before_a_command_runs() -> None:
    """So that help and `clean` are quick and work without them."""
    code = "import sys, workers.cli; print(*{'faust', 'kafka', 'aiokafka', 'redis', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
