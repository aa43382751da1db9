"""Floors of quality on the labelled sets that stand beside the repository; skipped where they are not.

The floors lie a little under what was measured. Whoever lowers one says why.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SHARED / "score").is_dir(), reason="the labelled sets are not part of the repository"),
]


def score(script: str, data: str) -> dict[str, Any]:
    command = [sys.executable, str(SHARED / "score" / script), str(SHARED / "data" / data), "--", sys.executable]
    done = subprocess.run([*command, "-m", "workers.commands.clean"], cwd=ROOT, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_lines_of_labelled_articles() -> None:
    """Chrome goes, and no sentence of a story with it."""
    found = score("score_lines.py", "lines.dev.jsonl")
    assert found["precision"] >= 0.998
    assert found["recall"] >= 0.87
    assert found["body_lost"] <= 0.0002


def test_pages_with_hand_made_references() -> None:
    """The article of a page comes out whole and alone."""
    found = score("score_html.py", "html.dev")
    assert found["f1"] >= 0.963
    assert found["below_half"] <= 3


def test_the_article_that_stands_twice_in_its_body() -> None:
    """Each of its ten paragraphs once, and nothing of the list below."""
    body = (SHARED / "data" / "seed_article.txt").read_text(encoding="utf-8")
    raw = json.dumps({"uri": "urn:example:seed", "source": "outlet-7", "body": body})
    command = [sys.executable, "-m", "workers.commands.clean"]
    done = subprocess.run(command, cwd=ROOT, input=raw.encode(), capture_output=True, check=True)
    paragraphs = json.loads(done.stdout)["text"].split("\n\n")
    assert paragraphs == body.split("\n")[:10]
