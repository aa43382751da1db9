"""`newswire replay`: dead letters and rejections back to the raw topic, each once, however often and however long it is run.

When it sends, it first makes itself the only sender, and only then reads what was sent before: so what a killed run had
sent is known, and what it had half sent is undone.
"""

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from rich.console import Console
from rich.text import Text

from workers import settings
from workers.errors import ServerError, SettingsError
from workers.kafka_io import Resender
from workers.replay import show
from workers.replay.choice import Choice
from workers.replay.plan import Plan
from workers.replay.search import Tell, make_plan
from workers.replay.sending import Sending, Sent
from workers.settings import Settings
from workers.terminal import print_json

SAY_AGAIN_S = 10.0


def run(choice: Choice, *, dry_run: bool, everything: bool = False, per_s: float = 100.0, json: bool = False) -> int:
    """Sends what is chosen, or shows what would be sent; returns 1 if some of it cannot be sent.

    Args:
        choice: which letters.
        dry_run: only show.
        everything: send also when the choice leaves out nothing.
        per_s: records a second at most; 0 for as many as go.
        json: one JSON object on stdout instead of text.
    """
    config = settings.load()
    if not 0 <= per_s < math.inf:
        raise SettingsError(f"--rate {per_s:g}: records a second, or 0 for as many as go")
    if dry_run:
        with _progress() as tell:
            plan = make_plan(config, choice, tell)
        _print(plan, None, json=json)
        return 0
    if choice.is_everything and not everything:
        raise SettingsError(
            "say what is to be sent again: --reason, --source, --since, --until or --origin, or --all; "
            "`newswire replay --dry-run` shows what there is"
        )
    sent = Sent()
    plan = _send(config, choice, per_s, sent)
    _print(plan, sent, json=json)
    failed = sent.gone + sent.too_large + plan.others["gone"] + plan.others["other-topic"]
    return 1 if failed else 0


def _send(config: Settings, choice: Choice, per_s: float, sent: Sent) -> Plan:
    try:
        with _progress() as tell, Resender(config) as resender:
            tell("waiting for a former replay to end")
            resender.begin()
            plan = make_plan(config, choice, tell)
            Sending(config, resender, per_s, sent, tell).send(plan.due)
            return plan
    except ServerError as e:
        raise ServerError(f"{e}. {_so_far(sent)}") from e
    except KeyboardInterrupt:
        print(f"interrupted. {_so_far(sent)}", file=sys.stderr)
        raise


def _so_far(sent: Sent) -> str:
    return f"{show.done(sent)} before that; run it again: what was sent is not sent twice"


def _print(plan: Plan, sent: Sent | None, *, json: bool) -> None:
    if json:
        print_json(orjson.dumps(show.as_json(plan, sent), option=orjson.OPT_APPEND_NEWLINE))
        return
    console = Console(highlight=False)
    for part in show.dry_run(plan) if sent is None else show.notes(plan):
        console.print(part)
    if sent is not None:
        console.print(Text(show.done(sent), "bold"))


@contextmanager
def _progress() -> Iterator[Tell]:
    """What is being done: on a terminal as it goes, else a line every ten seconds, on stderr."""
    console = Console(stderr=True, highlight=False)
    if console.is_terminal:
        with console.status("connecting") as status:
            yield lambda text: status.update(Text(text))
        return
    said_at = time.monotonic()

    def say(text: str) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= SAY_AGAIN_S:
            said_at = time.monotonic()
            print(text, file=sys.stderr, flush=True)

    yield say
