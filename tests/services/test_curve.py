"""`newswire curve` measures on a real index, agrees with theory, draws, and leaves nothing behind."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from workers import settings
from workers.claims import RedisIndex
from workers.cli import run as newswire
from workers.curve.theory import chances
from workers.local.ports import free_port
from workers.settings import Settings


async def keys_of_trials(config: Settings) -> list[bytes]:
    index = RedisIndex(config)
    keys = [key async for key in index._redis.scan_iter("{newswire:curve-*")]
    await index.close()
    return keys


def test_the_picture_is_one_and_the_index_is_as_before(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("workers.settings.load", lambda: settings)
    monkeypatch.setenv("COLUMNS", "80")
    file = tmp_path / "curve.png"
    assert newswire(["curve", "--words", "120", "--trials", "4", "--png", str(file)]) == 0
    told = capsys.readouterr().out
    assert "Found in the index" in told
    assert "120 words" in told
    assert max(map(len, told.splitlines())) <= 80
    with Image.open(file) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("PNG", (1280, 560))
        assert len(picture.getcolors(1 << 20) or ()) > 10
    assert asyncio.run(keys_of_trials(settings)) == []


def test_what_is_measured_is_what_theory_says(
    make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Within four standard errors, at another threshold than the usual one."""
    config = make_settings(duplicate_containment=0.6)
    monkeypatch.setattr(settings, "load", lambda: config)
    trials = 60
    assert newswire(["curve", "--words", "400", "--trials", str(trials), "--json"]) == 0
    points = json.loads(capsys.readouterr().out)["points"]
    assert len(points) > 10
    for point in points:
        expected = chances(400, point["containment"], 0.6)
        for name in ("found", "kept_out"):
            share, chance = point[name] / trials, getattr(expected, name)
            error = 4 * (max(chance * (1 - chance), 0.01) / trials) ** 0.5
            assert share == pytest.approx(chance, abs=error + 0.03), (name, point["containment"])


def test_without_redis_a_valkey_runs_for_the_while(
    make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = make_settings(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    monkeypatch.setattr(settings, "load", lambda: config)
    assert newswire(["curve", "--words", "40", "--trials", "1"]) == 0
    assert "a Valkey of its own" in capsys.readouterr().out


@pytest.mark.parametrize(("option", "value"), [("--words", "3"), ("--trials", "0")])
def test_senseless_options_end_with_2(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert newswire(["curve", option, value]) == 2
    assert option in capsys.readouterr().err
