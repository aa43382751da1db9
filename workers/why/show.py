"""The whole decision for the eye. Law: every text from outside goes through `plain` before it reaches the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from workers.look import Near, State
from workers.terminal import plain
from workers.why.outcomes import Outcome
from workers.why.search import Looked

STYLES = {
    "new": "bold green", "update": "bold yellow", "cancel": "bold red", "duplicate": "bold cyan",
    "rejected": "bold magenta", "dead_letter": "bold red",
}  # fmt: skip
WORDS = {"duplicate": "copy", "dead_letter": "dead letter"}
STANDINGS = {
    "published": ("published", "bold green"),
    "killed": ("killed: it and copies of it stay out", "bold red"),
    "taken back": ("taken back: withheld after it was published", "bold red"),
    "withheld": ("withheld", "bold magenta"),
    "duplicate": ("kept out as a copy", "bold cyan"),
    "rejected": ("rejected", "bold magenta"),
}
INDENT = (0, 0, 0, 2)
SHOWN_COPIES, SHOWN_REMOVED, SHOWN_DEAD = 5, 6, 5


def heading(text: str) -> RenderableType:
    return Text(f"\n{text}", "bold")


def indented(*parts: RenderableType) -> RenderableType:
    return Padding(Group(*parts), INDENT, expand=False)


def standing(state: State | None, latest: Outcome | None) -> Text:
    """What the uri is now."""
    if state is None:
        return Text("not known to the index (any more)", "bold yellow" if latest else "bold")
    words, style = STANDINGS[state.standing]
    parts = [f"revision {state.revision}"] if state.standing == "published" else []
    parts += [f"version {plain(state.version)}"] if state.version else []
    return Text.assemble((words, style), *(f", {part}" for part in parts))


def history(outcomes: Sequence[Outcome]) -> RenderableType:
    """What came in, in order: when, what became of it, and why."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column()
    for outcome in outcomes:
        entry = outcome.entry
        what = Text(WORDS.get(entry.outcome, entry.outcome), STYLES[entry.outcome])
        grid.add_row(moment(outcome.received_at), what, _told(outcome))
    return indented(grid)


def _told(outcome: Outcome) -> Text:
    entry = outcome.entry
    about = [plain(entry.source), plain(entry.headline)[:200]] if entry.outcome != "dead_letter" else []
    version = [f"version {plain(outcome.version)}"] if outcome.version else []
    lines = [reasons(outcome)]
    lines += [f"of {plain(entry.of)}"] if entry.of and entry.of != entry.uri else []
    lines += [f"also of its story: {', '.join(map(plain, outcome.family))}"] if outcome.family else []
    replay = [f"a replay of {plain(outcome.replay_of)}"] if outcome.replay_of else []
    below = " · ".join([*filter(None, about), *version, *filter(None, [plain(outcome.origin)]), *replay])
    return Text("\n".join(filter(None, lines))).append(f"\n{below}", "dim")


def reasons(outcome: Outcome) -> str:
    """Revision, relation or reason, and figures, in one line."""
    entry = outcome.entry
    if entry.outcome == "dead_letter":
        return plain(entry.why)
    parts = [f"revision {entry.revision}"] if entry.outcome in ("new", "update") else []
    parts += [plain(entry.relation)] if entry.relation not in ("", "cancel") else []
    if entry.known is not None and entry.held is not None:
        parts.append(f"{percent(entry.known)} known, holds {percent(entry.held)}")
    return ", ".join(parts)


def removed(outcome: Outcome) -> Iterator[RenderableType]:
    """What cleaning took out."""
    if not outcome.removed:
        return
    yield heading(f"Cleaning took out: {outcome.removed_chars:,} characters")
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="magenta", no_wrap=True)
    grid.add_column(style="dim strike", no_wrap=True, overflow="ellipsis")
    for span in outcome.removed[:SHOWN_REMOVED]:
        grid.add_row(Text(plain(str(span["kind"]))), Text(plain(str(span["text"]))))
    more = len(outcome.removed) - SHOWN_REMOVED
    yield indented(grid, *([Text(f"and {more} more", "dim")] if more > 0 else []))


def nearest(near: Sequence[Near], published: Mapping[str, Sequence[Outcome]]) -> Iterator[RenderableType]:
    """The articles of the index that share most with a text."""
    yield heading(
        "Nearest in the index" if near else "No other article in the index shares enough with it to be looked at"
    )
    if not near:
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    for title, side in (("known", "right"), ("holds", "right"), ("Jaccard", "right"), ("article", "left")):
        grid.add_column(Text(title), justify="right" if side == "right" else "left", no_wrap=side == "right")
    grid.add_row(*(Text(title, "dim") for title in ("known", "holds", "Jaccard", "article")))
    for d in near:
        with_text = [o for o in published.get(d.uri, ()) if o.entry.headline]
        about = [plain(with_text[-1].entry.source), plain(with_text[-1].entry.headline)] if with_text else []
        killed = [("killed  ", "bold red")] if d.canceled else []
        article = Text.assemble(*killed, " · ".join(about), "\n" if about else "", (plain(d.uri), "dim"))
        grid.add_row(percent(d.containment), percent(d.containment_of), f"{d.jaccard:.2f}", article)
    yield indented(grid)


def copies(outcomes: Sequence[Outcome]) -> Iterator[RenderableType]:
    """Copies of it that were kept out."""
    if not outcomes:
        return
    yield heading(f"Kept out as copies of it: {len(outcomes):,}")
    lines = [
        Text.assemble(
            (moment(o.received_at), "dim"),
            f"  {plain(o.entry.source)}: {plain(o.entry.why)}  ",
            (plain(o.entry.uri), "dim"),
        )
        for o in outcomes[-SHOWN_COPIES:]
    ]
    yield indented(*lines)


def dead_letters(outcomes: Sequence[Outcome]) -> Iterator[RenderableType]:
    """Records that mention it and could not be understood."""
    if not outcomes:
        return
    yield heading(f"Dead letters that mention it: {len(outcomes):,}")
    yield history(outcomes[-SHOWN_DEAD:])


def looked(topics: Sequence[Looked]) -> RenderableType:
    """Where was looked, and how far back that reaches."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for topic in topics:
        since = f"since {moment(topic.oldest)}" if topic.oldest else ""
        grid.add_row(Text(plain(topic.topic)), Text(f"{topic.records:,} records", justify="right"), Text(since, "dim"))
    return indented(grid)


def percent(share: float) -> str:
    return f"{share * 100:.0f}%"


def moment(stated: str | None) -> str:
    """A time of the contract, in the zone of whoever reads."""
    if not stated:
        return ""
    when = datetime.fromisoformat(stated)
    return when.astimezone().strftime("%Y-%m-%d %H:%M")


def console(width: int | None = None) -> Console:
    return Console(highlight=False, width=width)


def count(number: int, word: str) -> str:
    """`1 word`, `2,000 words`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
