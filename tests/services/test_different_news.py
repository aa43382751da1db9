"""Different news in the same words: forecasts, draws, results, warnings, whose template is known and whose facts are new.

Each case of tests/cases/different_news holds two articles, written for this test; the second must not be dropped as a copy
of the first. A case with `known_failure` is dropped today; when it is not any more, that line goes.
"""

import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.index_helper import Desk
from workers.claims import RedisIndex
from workers.local.valkey import LocalValkey
from workers.settings import load

CASES = Path(__file__).parent.parent / "cases" / "different_news"

_numbers = itertools.count(1)


def cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        known = case.get("known_failure")
        marks = [pytest.mark.xfail(strict=True, raises=AssertionError, reason=known)] if known else []
        found.append(pytest.param(case, id=path.stem, marks=marks))
    return found


@pytest.fixture
async def desk(valkey: LocalValkey) -> AsyncIterator[Desk]:
    settings = load(redis_url=valkey.url, index_name=f"different-news-{next(_numbers)}")
    index = RedisIndex(settings)
    yield await Desk(settings, index).take_over()
    await index.close()


async def verdict_on_the_second(desk: Desk, case: dict[str, Any], *sources: str) -> str:
    first, second = case["articles"]
    language = case["language"]
    decision = await desk.send(uri="urn:first", source=sources[0], language=language, **first)
    assert decision.verdict == "new"
    return (await desk.send(uri="urn:second", source=sources[-1], language=language, **second)).verdict


@pytest.mark.parametrize("case", cases())
async def test_other_facts_from_another_source(desk: Desk, case: dict[str, Any]) -> None:
    """Another outlet with the same template reports something else: that is new."""
    assert await verdict_on_the_second(desk, case, "outlet-1", "outlet-2") == "new"


@pytest.mark.parametrize("case", cases())
async def test_other_facts_from_the_same_source(desk: Desk, case: dict[str, Any]) -> None:
    """The next report of one agency is published, be it as the continuation of the one before."""
    assert await verdict_on_the_second(desk, case, "agency") in ("new", "update")
