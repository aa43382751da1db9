"""`newswire config`: every setting with its value and its origin, and no secret in either form."""

import json
from pathlib import Path
from typing import Any

import pytest

from workers.cli import run as newswire
from workers.commands.config import masked
from workers.settings import Settings

SECRET = "tidewater-9"


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    assert newswire(["config", "--json"]) == 0
    envelope = json.loads(capsys.readouterr().out)
    assert list(envelope) == ["command", "ok", "summary", "result", "error"]
    return {setting["name"]: setting for setting in envelope["result"]["settings"]}


def test_every_setting_is_there_with_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys)
    assert set(found) == set(Settings.model_fields)
    assert {s["origin"] for s in found.values()} == {"default"}
    assert (found["window_s"]["value"], found["window_s"]["text"]) == (604_800, "604800 seconds (7 days)")


def test_where_each_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The environment wins over the file, and the variable by which it was set is named."""
    file = tmp_path / "env"
    file.write_text("KAFKA_BOOTSTRAP=one:9092\nWEB_URL=http://127.0.0.1:7000\n")
    monkeypatch.setitem(Settings.model_config, "env_file", file)
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "two:9092")
    monkeypatch.setenv("NEWSWIRE_GROUP", "trial")
    found = told(capsys)
    kafka, web, group = (found[name] for name in ("kafka_bootstrap", "web_url", "group"))
    assert (kafka["value"], kafka["origin"], kafka["where"]) == ("two:9092", "environment", "KAFKA_BOOTSTRAP")
    assert (web["value"], web["origin"], web["where"]) == ("http://127.0.0.1:7000", "file", str(file))
    assert (group["value"], group["origin"]) == ("trial", "environment")


@pytest.mark.parametrize("options", [[], ["--json"], ["--changed"]])
def test_no_secret_is_shown(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither one of the environment, nor one of a file, nor one in a url; that each is set is told."""
    file = tmp_path / "secret"
    file.write_text(SECRET)
    monkeypatch.setenv("NEWSWIRE_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("NEWSWIRE_KAFKA_USERNAME", "desk")
    monkeypatch.setenv("NEWSWIRE_KAFKA_PASSWORD_FILE", str(file))
    monkeypatch.setenv("NEWSWIRE_REDIS_SENTINEL_PASSWORD", SECRET)
    monkeypatch.setenv("REDIS_URL", f"redis://desk:{SECRET}@host:1/0?password={SECRET}")
    assert newswire(["config", *options]) == 0
    out = capsys.readouterr().out
    assert SECRET not in out
    assert out.count("(hidden)") >= 2
    assert "redis://host:1/0" in out
    assert str(file) in out


@pytest.mark.parametrize("url", [f"redis://:{SECRET}/x@host:1/0", f"http://a:{SECRET}@h:1", f"redis://h?x={SECRET}@y"])
def test_a_url_loses_whatever_may_be_secret(url: str) -> None:
    assert SECRET not in masked(url)


def test_a_setting_that_does_not_exist_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEWSWIRE_GRUOP", "x")
    assert newswire(["config"]) == 2
    assert "did you mean NEWSWIRE_GROUP?" in capsys.readouterr().err
    assert newswire(["config", "--json"]) == 2
    envelope = json.loads(capsys.readouterr().out)
    assert (envelope["ok"], envelope["error"]["status"]) == (False, 2)
    assert "NEWSWIRE_GRUOP" in envelope["error"]["message"]


def test_so_is_one_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "env"
    file.write_text("NEWSWIRE_GRUOP=x\n")
    monkeypatch.setitem(Settings.model_config, "env_file", file)
    assert newswire(["config"]) == 2
    assert "NEWSWIRE_GRUOP" in capsys.readouterr().err


def test_changed_shows_only_what_was_set(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("NEWSWIRE_MIN_WORDS", "5")
    assert newswire(["config", "--changed"]) == 0
    out = capsys.readouterr().out
    assert "NEWSWIRE_MIN_WORDS   5   environment" in out
    assert "NEWSWIRE_GROUP" not in out
