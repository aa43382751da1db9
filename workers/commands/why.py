"""`newswire why`: the whole decision about a uri, or what a text would come to now. Reads only; nothing is changed."""

import asyncio
import gzip
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console, RenderableType
from rich.text import Text

from workers import log, settings
from workers.article import RawArticle
from workers.claims import FEW_CONTAINMENT, FEW_JACCARD, FEW_SHINGLES, RedisIndex
from workers.cleaning.learned import NOTHING, Learned
from workers.errors import NewswireError, ServerError, SettingsError
from workers.lines import LearnedLines
from workers.look import Look, State
from workers.outcome import Origin, OutputRecord
from workers.page_pool import read_one
from workers.prepare import RawRecord, Ready, make_ready, page_to_read, prepare, understand
from workers.rules import rules_of
from workers.settings import Settings
from workers.terminal import plain, print_json
from workers.why import show, views
from workers.why.evidence import Evidence, Limits, as_it_stood, explain, has_text, telling
from workers.why.outcomes import Outcome, from_output
from workers.why.search import Tell, Topics, normalised

UNKNOWN_STATUS = 1
PLAIN_SOURCE = "a text"


def run(uri: str | None, *, file: str | None = None, source: str | None = None, json: bool = False) -> int:
    """Tells what is known of a uri, or what a file would come to.

    Args:
        uri: a uri or url, in any spelling that the worker would understand.
        file: a raw article as JSON, or plain text or HTML; `-` is standard input.
        source: the outlet: for a text that states none, or for an id that is no URI.
        json: JSON instead of text.
    """
    if (uri is None) == (file is None):
        raise SettingsError("name either a uri or a file: newswire why URI, or newswire why --file FILE")
    config = settings.load()
    log.set_up(config)
    source = source and _as_text(source)
    if file is not None:
        return _of_file(config, read_article(file, source), json=json)
    return _of_uri(config, _as_text(uri or ""), source, json=json)


def _as_text(argument: str) -> str:
    """Bytes that are no UTF-8 as `?`: an argument may have any."""
    return argument.encode(errors="replace").decode()


def _of_uri(config: Settings, given: str, source: str | None, *, json: bool) -> int:
    uri = normalised(given, source)
    state, trouble = _state(config, uri)
    with _progress() as tell:
        found = Topics(config, tell).find(uri, given)
    outcome = telling(found.own)
    evidence = _evidence(config, outcome, found.others | {uri: found.own}) if outcome else None
    if json:
        _print_json(views.uri_as_json(uri, state, found, evidence, trouble))
    else:
        _print(show.console(), views.uri_for_the_eye(config, uri, state, found, evidence, trouble))
    known = state or found.own or found.dead_letters or found.waiting
    return 0 if known else UNKNOWN_STATUS


def _evidence(config: Settings, outcome: Outcome, published: dict[str, list[Outcome]]) -> Evidence:
    of = as_it_stood(outcome, published)
    return explain(outcome, outcome.entry.of or "", of, published, _limits(config))


def _limits(config: Settings) -> Limits:
    return Limits(
        config.duplicate_containment, config.write_thru_containment, FEW_SHINGLES, FEW_JACCARD, FEW_CONTAINMENT
    )


def _state(config: Settings, uri: str) -> tuple[State | None, str]:
    """What the index says of the uri, and why it says nothing when it cannot."""
    notice = orjson.dumps({"source": "-", "uri": uri, "pubStatus": "canceled"})
    try:
        ready = _prepared(config, notice)
        return (_look(config, ready).state, "") if isinstance(ready, Ready) else (None, "")
    except ServerError as e:
        return None, str(e)


def _look(config: Settings, ready: Ready) -> Look:
    async def look() -> Look:
        index = RedisIndex(config)
        try:
            return await index.look(ready.claim)
        finally:
            await index.close()

    return asyncio.run(look())


def _prepared(config: Settings, value: bytes) -> Ready | OutputRecord:
    return prepare(_record(value), rules_of(config))


def _prepared_as_now(config: Settings, value: bytes) -> Ready | OutputRecord:
    """With the lines that were learned of its source by now."""
    record, rules = _record(value), rules_of(config)
    article = understand(record, rules)
    if not isinstance(article, RawArticle):
        return article
    markup = page_to_read(article)
    page = None if markup is None else read_one(markup, article.uri, config.page_cpu_s, config.page_memory_bytes)
    return make_ready(record, article, rules, page, _learned(config, article.source))


def _record(value: bytes) -> RawRecord:
    return RawRecord(Origin("-", 0, 0), None, value, (), int(time.time() * 1_000))


def _learned(config: Settings, source: str) -> Learned:
    async def latest() -> Learned:
        lines = LearnedLines(config)
        try:
            return await lines.latest(source)
        finally:
            await lines.close()

    return asyncio.run(latest()) if config.learn_lines else NOTHING


def _of_file(config: Settings, value: bytes, *, json: bool) -> int:
    ready = _prepared_as_now(config, value)
    look = _look(config, ready) if isinstance(ready, Ready) else None
    now_us = time.time_ns() // 1_000
    output = ready.finish(look.decision, now_us) if look and isinstance(ready, Ready) else ready
    assert isinstance(output, OutputRecord)
    outcome = from_output(output, now_us // 1_000)
    published, trouble = _texts(config, look, outcome)
    evidence = _nearest_evidence(config, outcome, look, published)
    if json:
        _print_json(views.file_as_json(outcome, look, evidence, trouble))
    else:
        _print(show.console(), views.file_for_the_eye(outcome, look, evidence, published, trouble))
    return 0


def _texts(config: Settings, look: Look | None, outcome: Outcome) -> tuple[dict[str, list[Outcome]], str]:
    """The articles near, from the clean topic, and why they are not there when Kafka is away."""
    uris = {near.uri for near in look.nearest} if look else set()
    uris |= {outcome.entry.of} if outcome.entry.of else set()
    try:
        with _progress() as tell:
            return Topics(config, tell).published(uris), ""
    except ServerError as e:
        return {}, str(e)


def _nearest_evidence(
    config: Settings, outcome: Outcome, look: Look | None, published: dict[str, list[Outcome]]
) -> Evidence | None:
    """Of the article that the verdict names, else of the nearest one."""
    if not outcome.entry.text or look is None:
        return None
    named = outcome.entry.of or (look.nearest[0].uri if look.nearest else None)
    if named is None:
        return None
    texts = [o for o in published.get(named, ()) if has_text(o)]
    return explain(outcome, named, texts[-1] if texts else None, published, _limits(config))


def read_article(file: str, source: str | None) -> bytes:
    """One raw article: the file itself when it is a JSON object, else a text wrapped into one.

    Raises:
        NewswireError: it cannot be read, or holds several articles.
    """
    try:
        path = Path(file)
        content = sys.stdin.buffer.read() if file == "-" else path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as e:
        raise NewswireError(f"cannot read {file}: {getattr(e, 'strerror', None) or e}") from e
    if _is_object(content):
        return content if source is None else orjson.dumps(orjson.loads(content) | {"source": source})
    lines = [line for line in content.splitlines() if line.strip()]
    if len(lines) > 1 and all(map(_is_object, lines[:2])):
        raise NewswireError(
            f"{file} holds {len(lines):,} articles; ask for one: head -n 1 {file} | newswire why --file -"
        )
    return orjson.dumps({"source": source or PLAIN_SOURCE, "body": content.decode("utf-8", "replace")})


def _is_object(content: bytes) -> bool:
    try:
        return isinstance(orjson.loads(content), dict)
    except orjson.JSONDecodeError:
        return False


def _print(console: Console, parts: Iterator[RenderableType]) -> None:
    for part in parts:
        console.print(part)


def _print_json(fields: dict[str, Any]) -> None:
    print_json(orjson.dumps(fields, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


@contextmanager
def _progress() -> Iterator[Tell]:
    """On a terminal, which topic is being read and how far."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda _topic, _records: None
        return
    with console.status("reading") as status:
        yield lambda topic, records: status.update(Text(f"reading {plain(topic)}: {records:,} records"))
