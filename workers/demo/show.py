"""The demo as a reader sees it: what came in and what became of it, one article before and after, and the ledger."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.box import SIMPLE
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from workers.demo.copies import SEED_LIKE
from workers.demo.judge import Result
from workers.terminal import plain
from workers.wire import Entry

STYLES = {
    "new": "bold green",
    "update": "bold yellow",
    "cancel": "bold white on red",
    "duplicate": "dim",
    "rejected": "magenta",
    "dead_letter": "red",
}
WORDS = {"duplicate": "copy", "dead_letter": "dead letter"}
WIDE = 110
OUTCOME_WIDTH, SOURCE_WIDTH, GAP = 11, 19, 2


def chapters(groups: Mapping[str, Sequence[Result]], width: int) -> Iterator[RenderableType]:
    """One line for each record, under the headings of the feed's chapters; a narrow screen loses the headlines."""
    sources = {r.entry.uri: r.sample.source for results in groups.values() for r in results if r.entry}
    yield _header(width)
    for chapter, results in groups.items():
        yield Text(f"\n{chapter}", "bold underline")
        view = _columns(width)
        for result, before in zip(results, [None, *results], strict=False):
            cells = _cells(result, before, sources)
            view.add_row(*(cells if width >= WIDE else [*cells[:2], *cells[3:]]))
        yield view


def _header(width: int) -> Table:
    names = ("became", "from", *(("headline",) if width >= WIDE else ()), "what it is", "because")
    view = _columns(width)
    view.add_row(*(Text(name, "dim") for name in names))
    return view


def _columns(width: int) -> Table:
    """All tables of one screen have the same columns, so that they read as one."""
    rest = width - OUTCOME_WIDTH - SOURCE_WIDTH - 2 * GAP
    shares = (0.35, 0.32, 0.33) if width >= WIDE else (0.46, 0.54)
    view = Table.grid(padding=(0, GAP, 0, 0))
    for size in (OUTCOME_WIDTH, SOURCE_WIDTH, *(int(rest * share) - GAP for share in shares)):
        view.add_column(no_wrap=True, width=size)
    return view


def _cells(result: Result, before: Result | None, sources: Mapping[str, str]) -> list[Text]:
    sample, entry = result.sample, result.entry
    outcome = entry.outcome if entry else "missing"
    headline = plain(sample.headline or (entry.headline if entry else ""))
    same = before is not None and (before.sample.source, before.sample.headline) == (sample.source, sample.headline)
    because = Text(f"WRONG: {result.problem}", "bold red") if result.problem else Text(_because(result, sources))
    return [
        Text(WORDS.get(outcome, outcome), STYLES.get(outcome, "bold white on red")),
        Text(plain(sample.source), "cyan"),
        Text("" if same and headline else headline, "dim" if outcome in {"duplicate", "dead_letter"} else ""),
        Text(sample.what),
        because,
    ]


def _because(result: Result, sources: Mapping[str, str]) -> str:
    """The verdict in words: whose article it copies and how much of it was known, which revision it is."""
    entry = result.entry
    if entry is None:
        return ""
    whose = sources.get(entry.of or "", entry.of or "")
    words = {
        "new": f"related: has {entry.held or 0:.0%} of {whose}" if entry.relation == "related" else "",
        "update": f"{entry.relation}: revision {entry.revision}".replace("revision: ", ""),
        "cancel": entry.relation.replace("cancel", ""),
        "duplicate": entry.relation if entry.of == entry.uri else _share(entry, whose),
        "rejected": f"{entry.relation}: {whose}" if entry.relation == "copy-of-canceled" else entry.relation,
        "dead_letter": entry.why,
    }
    return plain(words[entry.outcome])


def _share(entry: Entry, whose: str) -> str:
    share = "" if entry.known is None else f" {entry.known:.0%}"
    return f"{entry.relation}{share}: {whose}"


def problems(results: Iterable[Result]) -> list[str]:
    """A line for each record that did not end in its one right place."""
    return [
        f"{plain(r.sample.source) or 'no source'}: {r.sample.what}: {plain(r.problem)}" for r in results if r.problem
    ]


def before_and_after(results: Iterable[Result]) -> Table:
    """The article whose body stands in it twice, raw and clean, a line for each paragraph."""
    clean = next((r.entry.text for r in results if r.sample is SEED_LIKE and r.entry), "")
    raw = str(SEED_LIKE.raw["body"]) if not isinstance(SEED_LIKE.raw, bytes) else ""
    left, right = _raw_lines(raw), [Text(p) for p in clean.split("\n\n") if p]
    view = Table(box=SIMPLE, expand=True, title=f"{SEED_LIKE.source}: {SEED_LIKE.headline}", title_style="bold")
    view.add_column("", width=2, style="dim")
    view.add_column(f"raw: {len(raw.split()):,} words", ratio=1, no_wrap=True)
    view.add_column("", width=2, style="dim")
    view.add_column(f"clean: {len(clean.split()):,} words", ratio=1, no_wrap=True)
    for number in range(max(len(left), len(right))):
        view.add_row(*_numbered(left, number), *_numbered(right, number))
    return view


def _raw_lines(raw: str) -> list[Text]:
    lines, seen = [], set[str]()
    listed = False
    for line in filter(None, map(str.strip, raw.split("\n"))):
        listed = listed or line == "You may also like"
        mark = "list    " if listed else "again   " if line in seen else ""
        lines.append(Text.assemble((mark, "bold red"), (line, "red" if mark else "")))
        seen.add(line)
    return lines


def _numbered(lines: Sequence[Text], number: int) -> tuple[str, Text]:
    return (str(number + 1), lines[number]) if number < len(lines) else ("", Text(""))


def ledger(figures: Mapping[str, float]) -> Text:
    """Received = where each record came out, so that everybody can check the sum."""
    names = ("new", "update", "cancel", "duplicate", "rejected", "dead_letter")
    text = Text.assemble((f"{figures['sent']} received", "bold"), " = ")
    parts = [Text.assemble((f"{figures[n]} {WORDS.get(n, n)}", STYLES[n])) for n in names]
    text.append_text(Text(" + ").join(parts))
    faults = [f"{figures[n]} {n}" for n in ("missing", "doubled", "wrong")]
    style = "bold red" if any(figures[n] for n in ("missing", "doubled", "wrong")) else "green"
    return text.append(";  ").append(", ".join(faults), style)


def console(*, terminal: bool) -> Console:
    """A console that is wide enough in a pipe, where there is no screen to measure."""
    return Console(highlight=False) if terminal else Console(highlight=False, width=150)
