"""`newswire topics`: creates what is missing of the five topics and shows how each is set up."""

import sys

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from workers import settings
from workers.kafka_io import ensure_topics
from workers.topics import DAY_MS, TopicState

PIPE_WIDTH = 120


def run() -> int:
    """Creates and prints; returns 0. What differs from the settings is told on stderr and left as it is."""
    config = settings.load()
    states = ensure_topics(config)
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
    console.print(f"Kafka at {config.kafka_bootstrap}")
    console.print(_table(states))
    for line in (difference for state in states for difference in state.differences):
        print(f"left as it is: {line}", file=sys.stderr)
    return 0


def _table(states: list[TopicState]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for heading in ("topic", "", "partitions", "replicas", "kept", "largest record", "time of a record"):
        table.add_column(heading)
    for state in states:
        table.add_row(*_row(state))
    return table


def _row(state: TopicState) -> tuple[str, ...]:
    config = state.plan.config
    return (
        state.plan.name,
        _standing(state),
        str(state.plan.partitions),
        f"{state.plan.replication}, {config['min.insync.replicas']} in sync",
        f"{int(config['retention.ms']) // DAY_MS} days",
        f"{int(config['max.message.bytes']) / 2**20:.4g} MiB",
        "its arrival" if config.get("message.timestamp.type") == "LogAppendTime" else "its sending",
    )


def _standing(state: TopicState) -> str:
    if state.created:
        return "created"
    return "differs, see below" if state.differences else "there"
