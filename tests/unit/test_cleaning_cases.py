"""The corpus of cases: what goes, what stays, and what is known to fail."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import orjson
import pytest

from workers.article import RawArticle
from workers.cleaning import clean
from workers.cleaning.chrome import kind_of
from workers.cleaning.phrases import HEADING_KINDS

CASES = Path(__file__).parent.parent / "cases" / "cleaning"


def cases(name: str) -> list[Any]:
    found = tomllib.loads((CASES / name).read_text(encoding="utf-8"))["case"]
    return [pytest.param(case, id=case["name"]) for case in found]


def article(case: dict[str, Any]) -> RawArticle:
    return RawArticle(
        source=case.get("source", "outlet-7"),
        uri="urn:example:case",
        body=case["body"],
        content_type="text/html" if case.get("html") else "text/plain",
        headline=case.get("headline"),
        urgency=case.get("urgency"),
    )


def check(case: dict[str, Any]) -> None:
    cleaned = clean(article(case))
    assert cleaned.rejection == case.get("rejection"), cleaned
    if "text" in case:
        assert cleaned.text == case["text"].strip()
    if "rejection" not in case:
        assert not any(r.kind == "" or len(r.text) > 160 for r in cleaned.removed)


@pytest.mark.parametrize("case", cases("goes.toml"))
def test_what_is_no_article_goes(case: dict[str, Any]) -> None:
    """What a site puts round an article goes, and the article stays whole."""
    check(case)


@pytest.mark.parametrize("case", cases("stays.toml"))
def test_what_is_article_stays(case: dict[str, Any]) -> None:
    """Content that looks like site chrome stays, line for line."""
    lines = [line for line in case["body"].split("\n") if line]
    cleaned = clean(article(case))
    assert cleaned.text.split("\n\n") == lines, cleaned.removed


@pytest.mark.parametrize("case", cases("known_failures.toml"))
@pytest.mark.xfail(reason="known: see the case")
def test_known_failures(case: dict[str, Any]) -> None:
    """What is known to come out wrong still does; when it comes out right the case moves."""
    check(case)


def test_each_nasty_case_has_one_of_our_own() -> None:
    """What broke cleaning in the wild is shown by a case, as what goes, stays or is known to fail."""
    known = tomllib.loads((CASES / "nasty.toml").read_text(encoding="utf-8"))
    files = ("goes.toml", "stays.toml", "known_failures.toml")
    shown = {n for name in files for case in cases(name) for n in case.values[0].get("nasty", [])}
    assert shown == set(map(int, known)) == set(range(1, 33))


def test_the_same_texts_in_another_process_under_another_seed_of_hashes() -> None:
    """On every machine: no rule depends on the order of a set."""
    bodies = [case.values[0]["body"] for name in ("goes.toml", "stays.toml") for case in cases(name)]
    raw = b"".join(orjson.dumps({"source": "outlet-7", "body": body}) + b"\n" for body in bodies)
    command = [sys.executable, "-m", "workers.commands.clean"]
    first, second = (
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, input=raw, capture_output=True, check=True)
        for seed in ("1", "2")
    )
    assert first.stdout == second.stdout
    assert first.stdout.count(b"\n") == len(bodies)


LANGUAGES = tomllib.loads((CASES / "languages.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_of_a_language(language: str) -> None:
    """Each language has phrases that are found, and sentences with the same words that are not."""
    assert [line for line in LANGUAGES[language]["goes"] if kind_of(line) is None] == []
    assert [line for line in LANGUAGES[language]["stays"] if kind_of(line) is not None] == []


def test_every_language_of_the_phrases_has_an_example() -> None:
    """A language cannot be added to the phrases without an example."""
    source = tomllib.loads((Path(kind_of.__code__.co_filename).parent / "phrases.toml").read_text(encoding="utf-8"))
    assert set(source) - {"any"} == set(LANGUAGES)
    assert all(set(kinds) >= HEADING_KINDS for language, kinds in source.items() if language != "any")
