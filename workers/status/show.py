"""A picture of the group for the eye, in one screen. Law: every text from outside goes through `plain`."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from workers.settings import Settings
from workers.status.picture import Picture
from workers.terminal import plain

SHOWN_PARTITIONS, SHOWN_MEMBERS = 12, 8
MESSAGE_WIDTH = 60
STYLES = {"new": "green", "update": "yellow", "cancel": "red", "dead-letter": "red"}
LATE_S = 60.0
"""A record that has waited longer is shown in red."""


def screen(picture: Picture, settings: Settings) -> RenderableType:
    """All of it."""
    return Group(
        _head(picture, settings),
        Text(),
        *_members(picture),
        Text(),
        _partitions(picture),
        Text(),
        _flow(picture),
        _index(picture),
        *_dead_letters(picture),
    )


def summary(picture: Picture) -> str:
    """In one sentence, without markup."""
    members = _count(len(picture.group.members), "worker")
    slowest = picture.slowest
    if slowest is None:
        return f"{picture.group.state}, {members}, nothing waits"
    waits = f", the oldest for {duration(picture.lag_s(slowest))}" if slowest.oldest_ms else ""
    return f"{picture.group.state}, {members}, {_count(picture.lag, 'record')} wait{waits}"


def _head(picture: Picture, settings: Settings) -> Text:
    calm = picture.group.state == "Stable" and not picture.lag
    style = "bold green" if calm else "bold yellow" if picture.group.members else "bold red"
    return Text.assemble(
        (f"group {settings.group}: ", "bold"), (summary(picture), style), (f"   {_clock(picture.at_ms)}", "dim")
    )


def _members(picture: Picture) -> Iterator[RenderableType]:
    members = picture.group.members
    if not members:
        yield Text("no worker runs: newswire worker", "bold red")
    for number, member in enumerate(members[:SHOWN_MEMBERS], 1):
        has = ", ".join(map(str, member.partitions)) or "none"
        about = f"{plain(member.client)} on {plain(member.host)}"
        yield Text.assemble((f"worker {number}  ", "cyan"), f"partitions {has}  ", (about, "dim"))
    if len(members) > SHOWN_MEMBERS:
        yield Text(f"and {len(members) - SHOWN_MEMBERS} more", "dim")


def _partitions(picture: Picture) -> RenderableType:
    """The slowest ones, in their order; all of them where they fit."""
    grid = Table.grid(padding=(0, 3, 0, 0))
    for justify in ("right", "right", "right", "right", "right", "left"):
        grid.add_column(justify=justify, no_wrap=True)
    titles = ("partition", "worker", "committed", "waiting", "for", "")
    grid.add_row(*(Text(title, "dim") for title in titles))
    everyone = picture.group.partitions
    slow = sorted(everyone, key=lambda p: (picture.lag_s(p), p.lag), reverse=True)[:SHOWN_PARTITIONS]
    for p in sorted(slow, key=lambda p: p.number):
        waits = picture.lag_s(p)
        style = "red" if waits > LATE_S or not p.worker else "yellow" if p.lag else ""
        mark = Text("← slowest" if p == picture.slowest else "", "bold")
        grid.add_row(
            str(p.number),
            str(p.worker or "none"),
            "-" if p.committed is None else f"{p.committed:,}",
            Text(f"{p.lag:,}", style),
            Text(duration(waits) if p.oldest_ms else "-", style),
            mark,
        )
    hidden = len(everyone) - len(slow)
    return Group(grid, Text(f"and {hidden} more, which are less behind", "dim")) if hidden else grid


def _flow(picture: Picture) -> Text:
    span = f"last {duration(picture.span_s)}: "
    rates = f"{picture.came_per_s:,.1f} records a second came, {picture.finished_per_s:,.1f} were finished"
    text = Text.assemble((span, "dim"), rates, "\n")
    for outcome, count in picture.outcomes.items():
        text.append(f"{outcome} ", "dim").append(f"{count:,}  ", STYLES.get(outcome, "") if count else "dim")
    return text if picture.all_read else text.append("(at least: there are more than could be read now)", "yellow")


def _index(picture: Picture) -> Text:
    index = picture.index
    if index is None:
        return Text(plain(picture.trouble), "bold red")
    limit = (
        f"of {_mib(index.limit_bytes)} ({index.used_bytes / index.limit_bytes:.0%})"
        if index.limit_bytes
        else "no limit"
    )
    full = index.limit_bytes and index.used_bytes > 0.9 * index.limit_bytes
    text = Text.assemble(("index: ", "dim"), f"{_count(index.documents, 'article')}, ")
    text.append(f"{_mib(index.used_bytes)}, {limit}", "red" if full else "")
    return text.append(f", {index.evicted_keys:,} keys evicted", "bold red") if index.evicted_keys else text


def _dead_letters(picture: Picture) -> Iterator[RenderableType]:
    if not picture.dead_letters:
        return
    yield Text("last dead letters", "dim")
    grid = Table.grid(padding=(0, 2, 0, 0))
    for letter in reversed(picture.dead_letters):
        message = Text(plain(letter.message)[:MESSAGE_WIDTH])
        grid.add_row(
            Text(_clock(letter.at_ms), "dim"), Text(plain(letter.reason), "red"), Text(plain(letter.origin)), message
        )
    yield Padding(grid, (0, 0, 0, 2), expand=False)


def duration(seconds: float) -> str:
    """As people say it.

    >>> duration(0.4), duration(59), duration(300), duration(9000), duration(200_000)
    ('0.4 s', '59 s', '5.0 min', '2.5 h', '2.3 d')
    """
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _mib(size: float) -> str:
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 else f"{size / 2**20:,.1f} MiB"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
