"""Verdicts on labelled streams of real articles, through the running worker, judged by the streams' own scorer; and every
message of these runs held to the contract.

The streams belong to publishers and stand outside this repository, in ../shared; where that is absent these tests are
skipped. The floors are a little below what was measured, so that a change that costs quality shows.
"""

import json
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.contract.messages import all_problems, is_for_producers
from tests.faults.pauses import read_all
from workers.local.stack import LocalStack
from workers.settings import Settings

SHARED = Path(__file__).resolve().parents[3] / "shared"
SCORER = SHARED / "score" / "score_stream.py"

pytestmark = [
    pytest.mark.skipif(
        not SCORER.exists(), reason="needs ../shared, the publishers' texts, which are not part of this repository"
    ),
    pytest.mark.timeout(300),
]

LIFE_CYCLE = ("kill", "version_1", "version_1_late", "version_2", "version_2_resent", "version_9", "version_10", "withheld",
              "released", "test_item", "flash", "emptied", "wall")  # fmt: skip
COPIES = ("exact", "edit_light", "edit_medium", "edit_heavy", "cut33", "cut50", "cut67", "lead120", "cut50_edit_chrome", "chrome",
          "dateline", "html", "mojibake", "para_deleted", "para_moved", "repeat_body", "small_addition", "spelling")  # fmt: skip


def score(folder: Path, stream: str, *options: str, workers: int = 1) -> dict[str, Any]:
    result = folder / "result.json"
    with LocalStack(folder / "stack", workers=workers) as stack:
        command: list[str | Path] = [
            sys.executable,
            SCORER,
            "--bootstrap",
            stack.kafka.bootstrap,
            "--stream",
            SHARED / "data" / stream,
        ]
        subprocess.run([*command, "--json", result, *options], check=False, stdout=subprocess.DEVNULL)
        assert_the_contract_holds(stack.settings)
    figures: dict[str, Any] = json.loads(result.read_text())
    assert (figures["missing"], figures["doubled"]) == (0, 0)
    return figures


def assert_the_contract_holds(settings: Settings) -> None:
    """Of every record: value, item, headers and key, by the schemas of today and of each release."""
    raw, outputs = read_all(settings, ["raw"]), read_all(settings, list(settings.output_topics))
    for_producers = sum(is_for_producers(record.value) for record in raw)
    print(len(raw), "raw records,", for_producers, "by the producers' schema;", Counter(r.role for r in outputs))
    assert len(outputs) == len(raw) > 1000
    assert for_producers > 0.9 * len(raw)
    assert not list(islice(all_problems(raw, outputs), 20))


def test_english_stream(tmp_path: Path) -> None:
    """Copies are kept out, news is not, and the life cycle is followed to the letter."""
    figures = score(tmp_path, "stream.en.dev.jsonl.gz")
    right = {kind: row["right"] for kind, row in figures["kinds"].items()}
    assert figures["lost_news"] <= 0.003
    assert figures["duplicate_recall"] >= 0.99
    assert figures["wrong_parent"] <= 0.02
    assert all(right[kind] == 1 for kind in (*LIFE_CYCLE, *(k for k in right if k.startswith("bad-"))))
    assert all(right[kind] >= 0.97 for kind in (*COPIES, "revision", "correction", "write_thru", "teaser_again"))
    assert all(right[kind] >= 0.98 for kind in ("quotes_another", "shared_footer", "copy_after_kill"))
    assert right["rescrape"] >= 0.93


def test_japanese_stream(tmp_path: Path) -> None:
    """A script without spaces fares no worse."""
    figures = score(tmp_path, "stream.ja.dev.jsonl.gz")
    assert figures["lost_news"] <= 0.01
    assert figures["duplicate_recall"] >= 0.97


def test_two_workers_in_no_order(tmp_path: Path) -> None:
    """Keyed by uri over all partitions with two workers: of each group of copies exactly one is new."""
    figures = score(tmp_path, "stream.en.dev.jsonl.gz", "--keys", "uri", workers=2)
    assert figures["groups_wrong"] <= 0.03 * figures["groups"]
