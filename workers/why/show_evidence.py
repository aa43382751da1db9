"""The evidence for the eye: the article compared with, how far from the threshold, what is shared and what is new."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from workers.passages import Overlap, Passage
from workers.terminal import plain
from workers.why.evidence import SHOWN_PASSAGES, Evidence, Threshold, worth_showing
from workers.why.outcomes import Outcome
from workers.why.show import count, heading, indented, moment, percent

EDGE_WORDS = 14
BAR = 32
FIGURES = {
    "containment": "of its shingles stand there already",
    "containmentOf": "of the other's shingles stand in it",
    "jaccard": "alike (Jaccard)",
}


def evidence(found: Evidence) -> Iterator[RenderableType]:
    """The article it was compared with, the bars, the passages."""
    outcome = found.outcome
    yield heading("Compared with" if found.named != outcome.entry.uri else "Compared with its text before")
    yield indented(*_compared_with(found))
    for threshold in found.thresholds:
        yield indented(Text(""), *bar(threshold))
    if (figures := _figures(outcome, found.overlap)) is not None:
        yield indented(figures)
    if found.overlap:
        yield from passages(found.overlap)


def _compared_with(found: Evidence) -> Iterator[Text]:
    of = found.of
    if of:
        yield Text(plain(of.entry.headline)[:200] or "(no headline)", "bold")
        yield Text(f"{plain(of.entry.source)}, {moment(of.received_at)}, revision {of.entry.revision}, in {of.stands}")
    yield Text(plain(found.named), "dim")
    if found.killed and found.named != found.outcome.entry.uri:
        yield Text("It is killed now.", "bold red")
    if not of:
        yield Text("Its text is not on the clean topic (any more): no passages can be shown.", "yellow")


def bar(threshold: Threshold) -> Iterator[Text]:
    """The figure as a bar, with a mark where it tips."""
    filled, mark = round(threshold.value * BAR), min(round(threshold.limit * BAR), BAR - 1)
    line = Text()
    for place in range(BAR):
        sign = "┃" if place == mark else "█" if place < filled else "░"
        line.append(sign, "bold yellow" if place == mark else "cyan" if place < filled else "dim")
    yield line.append(f"  {percent(threshold.value)}", "bold").append(f" {FIGURES[threshold.figure]}")
    side = "above" if threshold.distance >= 0 else "below"
    setting = f" ({threshold.setting})" if threshold.setting else ""
    tip = f"{threshold.meaning} from {percent(threshold.limit)}{setting}: {abs(threshold.distance) * 100:.1f} points {side}{threshold.because}"
    yield Text(tip, "dim")


def _figures(outcome: Outcome, both: Overlap | None) -> Text | None:
    entry, table = outcome.entry, []
    if entry.known is not None and entry.held is not None and outcome.jaccard is not None:
        method = f" ({plain(outcome.method)})" if outcome.method else ""
        table.append(f"by the sketches{method}: {_three(entry.known, entry.held, outcome.jaccard)}")
    if both:
        table.append(f"by the whole texts: {_three(both.containment, both.containment_of, both.jaccard)}")
    return Text("\n".join(table), "dim") if table else None


def _three(containment: float, containment_of: float, jaccard: float) -> str:
    return f"{percent(containment)} of it known, {percent(containment_of)} of the other in it, Jaccard {jaccard:.2f}"


def passages(both: Overlap) -> Iterator[RenderableType]:
    """The longest passages in common, and the longest that are new."""
    yield heading(f"Shared passages: {both.shared_words:,} of {both.words:,} words")
    yield indented(*(_quoted(p, "cyan") for p in both.shared[:SHOWN_PASSAGES]), *_more(both.shared[SHOWN_PASSAGES:]))
    if both.new:
        shown = worth_showing(both.new)
        yield heading(f"New in it: {count(both.words - both.shared_words, 'word')}")
        yield indented(*(_quoted(p, "green") for p in shown), *_more([p for p in both.new if p not in shown]))


def _quoted(passage: Passage, style: str) -> Text:
    words = plain(passage.text).split(" ")
    if len(words) > 2 * EDGE_WORDS + 4:
        words = [*words[:EDGE_WORDS], "[…]", *words[-EDGE_WORDS:]]
    shown = " ".join(words)
    if len(words) == 1 and len(shown) > 160:  # a script without spaces
        shown = f"{shown[:70]} […] {shown[-70:]}"
    return Text.assemble(("│ ", style), shown, (f"  {count(passage.words, 'word')}", "dim italic"))


def _more(rest: Sequence[Passage]) -> list[Text]:
    words = sum(p.words for p in rest)
    return [Text(f"and {len(rest)} more, {count(words, 'word')} together", "dim")] if rest else []
