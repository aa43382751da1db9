"""The schedule of faults itself: its audit sees what is wrong, and a short run finds nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.faults.run import run
from tests.faults.schedule import KILL_DECK, TROUBLE_DECK, plan
from tests.faults.stories import audit
from workers.kafka_io import Record

KILLS, SEED = 12, 1
EVERY_TROUBLE = {*KILL_DECK, *TROUBLE_DECK, "join", "leave"} - {"member"}


def test_a_plan_is_repeatable_and_holds_every_kind() -> None:
    faults = plan(SEED, KILLS)
    assert faults == plan(SEED, KILLS) != plan(SEED + 1, KILLS)
    assert {f.kind for f in faults} == EVERY_TROUBLE
    assert sum(f.is_kill for f in faults) == KILLS


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_nothing_is_lost_or_doubled_whatever_dies(tmp_path: Path) -> None:
    """Twelve kills and eleven troubles of every kind, under load."""
    result = run(tmp_path, SEED, KILLS)
    assert result.is_good, (result.lag, result.audit.lost[:5], result.audit.doubled[:5], result.audit.wrong[:5])
    assert result.line["with_open_work"] >= 0.8 * KILLS


def raw(offset: int, uri: str, **more: Any) -> Record:
    value = json.dumps({"uri": uri, **more}).encode()
    return Record("raw", "raw", 0, offset, 1_000 * offset, uri.encode(), value, {})


def out(origin: int, uri: str, verdict: str, seq: int, revision: int = 1) -> Record:
    role = "duplicates" if verdict == "duplicate" else "clean"
    value = json.dumps({"dedup": {"verdict": verdict, "seq": seq, "revision": revision}}).encode()
    headers = {"origin": f"raw/0/{origin}".encode()}
    return Record(role, role, 0, seq, 1_000 * origin + 250, uri.encode(), value, headers)


SENT = [
    raw(0, "urn:test:1:shared:1:1"),
    raw(1, "urn:test:1:shared:1:2"),
    raw(2, "urn:test:1:own:3", version=1),
    raw(3, "urn:test:1:own:3", version=2),
]
CAME = [
    out(0, "urn:test:1:shared:1:1", "new", 1),
    out(1, "urn:test:1:shared:1:1", "duplicate", 2),
    out(2, "urn:test:1:own:3", "new", 3),
    out(3, "urn:test:1:own:3", "update", 4, revision=2),
]


def test_the_audit_is_content_when_all_is_right() -> None:
    found = audit(SENT, CAME, {"raw/0/3": {"verdict": "update"}})
    assert found.is_balanced
    assert found.pause.milliseconds == 250


@pytest.mark.parametrize(
    ("came", "remembered", "lost", "doubled", "wrong"),
    [
        (CAME[:3], {}, 1, 0, 0),
        ([*CAME, out(1, "urn:test:1:shared:1:1", "duplicate", 5)], {}, 0, 1, 0),
        ([CAME[0], out(1, "urn:test:1:shared:1:2", "new", 2), *CAME[2:]], {}, 0, 0, 1),
        ([*CAME[:2], out(2, "urn:test:1:own:3", "new", 4), out(3, "urn:test:1:own:3", "update", 3, 2)], {}, 0, 0, 2),
        ([*CAME[:3], out(3, "urn:test:1:own:3", "update", 3, 2)], {}, 0, 0, 1),
        (CAME, {"raw/0/3": {"verdict": "new"}}, 0, 0, 1),
        ([*CAME, out(9, "urn:test:1:own:9", "new", 9)], {}, 0, 0, 1),
    ],
    ids=["lost", "doubled", "two news", "order", "one number twice", "memory", "out of nothing"],
)
def test_the_audit_finds(came: list[Record], remembered: dict[str, Any], lost: int, doubled: int, wrong: int) -> None:
    found = audit(SENT, came, remembered)
    assert (len(found.lost), len(found.doubled), len(found.wrong)) == (lost, doubled, wrong)
