"""What a replay would do, or has done, for the eye and for programs. Law: what came from outside goes through `plain`."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from workers.replay.plan import Plan, Standing
from workers.replay.sending import Sent
from workers.terminal import plain
from workers.times import clamped, to_rfc3339

EXAMPLES = 5
SHOWN_ROWS = 20
UNKNOWN = "(not to be told)"

WHY_NOT: Mapping[Standing, str] = {
    "replayed": "were replayed before: they wait in the raw topic, or have come to their outcome",
    "failed-again": "are what came of a replay: they failed again, and go once more with --again",
    "gone": "cannot go: their raw record is not in the raw topic any more, and a rejection, or a letter that was cut, does not hold it",
    "other-topic": "cannot go: their raw record stood in another topic than NEWSWIRE_TOPIC_RAW",
}


def dry_run(plan: Plan) -> Iterator[RenderableType]:
    """What would go."""
    yield Text(f"Would be sent again: {len(plan.due):,} of {plan.chosen:,} that are meant", "bold")
    if plan.due:
        yield _table(plan.reasons)
        yield Text("For example:")
        yield _examples(plan)
    yield from notes(plan)
    if plan.due:
        yield Text("\nNothing was sent. The same command without --dry-run sends them.", "dim")
    elif not plan.chosen:
        yield Text(
            "\nNothing fits. Fewer options choose more; `newswire tail dlq --from-start` shows dead letters.", "dim"
        )


def notes(plan: Plan) -> Iterator[RenderableType]:
    """Why the others do not go, and what to know of those that do."""
    for standing, why in WHY_NOT.items():
        if count := plan.others[standing]:
            yield Text(f"{count:,} {why}", "yellow" if standing in ("gone", "other-topic") else "")
    if plan.undated:
        yield Text(
            f"{plan.undated:,} state neither `version` nor `versionCreated`: they count as newer than what has come of their uri since",
            "yellow",
        )


def done(sent: Sent) -> str:
    """What was sent, in a line."""
    parts = [f"{sent.sent:,} sent again"]
    parts += [f"{sent.gone:,} NOT, their raw record was deleted meanwhile"] if sent.gone else []
    parts += [f"{sent.too_large:,} NOT, too large with the header `replay-of`"] if sent.too_large else []
    parts += [f"{sent.headers_cut:,} without headers that had been cut"] if sent.headers_cut else []
    return ", ".join(parts)


def as_json(plan: Plan, sent: Sent | None) -> dict[str, Any]:
    """The same for programs; `sent` is None in a dry run."""
    reasons: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    for (reason, source), count in plan.reasons.items():
        reasons[reason] += count
        sources[source] += count
    fields = {
        "chosen": plan.chosen, "due": len(plan.due), "replayedBefore": plan.others["replayed"],
        "failedAgain": plan.others["failed-again"], "gone": plan.others["gone"] + (sent.gone if sent else 0),
        "otherTopic": plan.others["other-topic"], "undated": plan.undated, "byReason": reasons, "bySource": sources,
        "examples": [
            {"origin": str(x.origin), "reason": x.reason, "source": x.source, "writtenAt": to_rfc3339(clamped(x.written_ms * 1_000))}
            for x in plan.due[:EXAMPLES]
        ],
    }  # fmt: skip
    return fields | ({"sent": sent.sent, "tooLarge": sent.too_large} if sent else {"dryRun": True})


def _table(reasons: Counter[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 2))
    table.add_column(justify="right")
    for (reason, source), count in reasons.most_common(SHOWN_ROWS):
        table.add_row(f"{count:,}", Text(plain(reason), "bold red"), Text(plain(source) or UNKNOWN))
    if rest := sum(count for _, count in reasons.most_common()[SHOWN_ROWS:]):
        table.add_row(f"{rest:,}", Text("others", "dim"))
    return table


def _examples(plan: Plan) -> Table:
    shown = plan.due[:EXAMPLES]
    table = Table.grid(padding=(0, 2, 0, 2))
    table.add_column(no_wrap=True, min_width=max(len(str(letter.origin)) for letter in shown))
    table.add_column(no_wrap=True, min_width=max(len(letter.reason) for letter in shown))
    table.add_column(no_wrap=True, overflow="ellipsis")
    for letter in shown:
        table.add_row(Text(str(letter.origin), "dim"), Text(plain(letter.reason), "bold red"), Text(letter.title))
    return table
