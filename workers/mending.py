"""The command that sends records back, as people type it (see cli.py)."""

import time
from typing import Annotated, Literal

from cyclopts import Parameter

Several = Parameter(consume_multiple=True)


def replay(  # noqa: PLR0913 - each is an option
    *,
    topic: Annotated[tuple[Literal["dead-letters", "dlq", "rejected"], ...], Several] = (),
    reason: Annotated[tuple[str, ...], Several] = (),
    source: Annotated[tuple[str, ...], Several] = (),
    since: str | None = None,
    until: str | None = None,
    origin: Annotated[tuple[str, ...], Several] = (),
    all_: Annotated[bool, Parameter(name="--all")] = False,
    again: bool = False,
    dry_run: bool = False,
    rate: float = 100.0,
    json: bool = False,
) -> int:
    """Send dead letters and rejections back to the raw topic, once each: when a bug is mended or a setting changed.

    Look first, with `--dry-run`; then run the same without it. All options that choose have to fit. What was sent before is not
    sent again, also when the command is run twice or was killed on the way: each raw record that it sends bears the header
    `replay-of`, and is judged like any other that comes now.

    ```
    newswire replay --dry-run                                # what there is, by reason and source
    newswire replay --reason internal-error --dry-run        # what would go
    newswire replay --reason internal-error                  # send it
    newswire replay --reason unsafe-page too-short --since 2h --rate 20
    newswire replay --topic rejected --source "Harbour Gazette" --since 2026-11-23T08:00:00Z --until 1h
    newswire replay --origin news.raw.v1/2/113
    newswire replay --reason not-json --again                # also what failed again after a replay
    ```

    A dead letter holds what came. A rejection does not: its raw record is read from the raw topic, as long as it is kept there.

    Args:
        topic: dead-letters (or dlq) or rejected; both unless given.
        reason: Reason codes, of dead letters or of rejections.
        source: Outlets, as the articles name them.
        since: Written at this time or later: RFC 3339, or how long ago (90s, 15m, 2h, 7d, 1w).
        until: Written before this time.
        origin: Raw records, as the header `origin` names them: topic/partition/offset.
        all_: Everything there is, if nothing else chooses.
        again: Also what is itself the outcome of a replay.
        dry_run: Only show what would be sent.
        rate: Records a second at most, so that news does not wait behind them; 0: as many as go.
        json: One JSON object for programs.
    """
    from workers.commands import replay as command
    from workers.replay import choice

    now_ms = int(time.time() * 1_000)
    chosen = choice.Choice(
        roles=choice.roles(topic),
        reasons=frozenset(map(choice.reason, reason)),
        sources=frozenset(source),
        origins=frozenset(map(choice.origin, origin)),
        since_ms=choice.moment_ms("--since", since, now_ms),
        until_ms=choice.moment_ms("--until", until, now_ms),
        again=again,
    )
    return command.run(chosen, dry_run=dry_run, everything=all_, per_s=rate, json=json)
