"""The order of cleaning: sanitise, take the text out of its page, mend letters, lay out lines, strike, judge.

Law: pure. The same article, settings and learned lines give the same text on every machine; nothing is remembered between
articles, no input raises, and what was struck out is kept as evidence. Striking is repeated until nothing more goes, so that
cleaning what was cleaned changes nothing. What is rejected, and what an article is known by, depends on the rules alone,
not on what was learned by then.
"""

from dataclasses import dataclass, replace

from workers.article import RawArticle
from workers.cleaning.blocks import Gone, find_chrome
from workers.cleaning.edges import find_edges, name_in, outlet_tail
from workers.cleaning.glued import list_start, may_hold_list
from workers.cleaning.inline import cut_markers, gates_in, may_hold_wall, wall_start
from workers.cleaning.layout import join_lines, lines_of, lines_of_rows, may_be_wrapped, unwrap
from workers.cleaning.learned import MAX_SHARE, NOTHING, Learned, find_learned
from workers.cleaning.mend import mend
from workers.cleaning.page import Page, read_page
from workers.cleaning.repeats import find_repeats, glued_repeats
from workers.cleaning.sanitise import drop_controls, has_entities, is_plain, unescape_entities
from workers.cleaning.verdict import reject
from workers.outcome import CleanText, RejectionReason, Removed

MAX_PASSES = 32
MAX_EVIDENCE_CHARS = 160


@dataclass(frozen=True, slots=True)
class CleaningSettings:
    """What counts as too short, and up to which urgency a headline alone is published."""

    min_words: int = 8
    min_unspaced_chars: int = 20
    flash_urgency: int = 3


DEFAULT = CleaningSettings()


def clean(
    article: RawArticle,
    settings: CleaningSettings = DEFAULT,
    page: Page | None = None,
    learned: Learned = NOTHING,
) -> CleanText:
    """The article's own text, what was taken out of it, and what its page states about it.

    `page` is what `read_page` made of `markup_of(article)`, where that was done elsewhere; `learned` is what its source
    repeats under many stories.
    """
    if page is None:
        of_page = article.content_type == "text/html"
        page = read_page(markup_of(article) or "") if of_page else Page(article.body)
    cleaned = _clean(article, settings, page, learned)
    return replace(cleaned, lines=learned.version) if learned.version else cleaned


def _clean(article: RawArticle, settings: CleaningSettings, page: Page, learned: Learned) -> CleanText:
    if page.unsafe:
        return _result("", [], "unsafe-page", page)
    of_page = article.content_type == "text/html"
    urgent = article.urgency is not None and article.urgency <= settings.flash_urgency
    lines = _lines(page.text, of_page)
    if not lines:
        blank = article.content_type == "text/plain" or not article.body.strip()
        flash = blank and urgent and bool(article.headline)
        return _result("", [], None if flash else "boilerplate-only", page)
    removed: list[Removed] = []
    lines = strike(lines, article, removed, page.facts.headline)

    def judge(left: list[str]) -> RejectionReason | None:
        return reject(left, removed, article, settings.min_words, settings.min_unspaced_chars, urgent)

    if reason := judge(lines):
        return _result("" if reason == "boilerplate-only" else join_lines(lines), removed, reason, page)
    by_rules = join_lines(lines)
    left, taken = _strike_learned(lines, article, page.facts.headline, learned)
    if not taken:
        return _result(by_rules, removed, None, page)
    own = join_lines(left)
    if judge(left) or len(own) < (1 - MAX_SHARE) * len(by_rules):
        return replace(_result(by_rules, removed, None, page), own=own or by_rules)
    return replace(_result(own, removed + taken, None, page), by_rules=by_rules)


def markup_of(article: RawArticle) -> str | None:
    """The web page that the article is, as a parser may see it; None for plain text."""
    return drop_controls(article.body) if article.content_type == "text/html" else None


def _lines(text: str, of_page: bool) -> list[str]:
    """The lines of the text of a page, or of a body, which may hold anything."""
    rows = text.split("\n")
    plain = all(map(str.isprintable, rows))  # one look at each character saves four
    if plain and (of_page or not (has_entities(text) or may_be_wrapped(text, rows))) and mend(text, plain) is text:
        return lines_of_rows(text, rows)
    if not of_page:
        if not plain or has_entities(text):
            text = drop_controls(unescape_entities(drop_controls(text)))
        text = unwrap(text)
    return lines_of(mend(text, is_plain(text)))


def _result(text: str, removed: list[Removed], reason: RejectionReason | None, page: Page) -> CleanText:
    facts = page.facts
    struck_byline = next((name_in(r.text) for r in removed if r.kind == "byline"), None)
    return CleanText(
        text=text,
        removed=tuple(removed),
        rejection=reason,
        headline=facts.headline,
        byline=facts.byline or struck_byline,
        language=facts.language,
        first_created_us=facts.first_created_us,
        version_created_us=facts.version_created_us,
    )


def strike(lines: list[str], article: RawArticle, removed: list[Removed], title: str | None = None) -> list[str]:
    """Strikes out what is not the story, until nothing more goes."""
    known: dict[str, str | None] = {}
    text = "\n".join(lines)
    gates, listed = gates_in(text), may_hold_list(text)
    for _ in range(MAX_PASSES):
        before, walled = lines, may_hold_wall(lines)  # where a wall is looked for moves as lines go
        lines = _cut_inside(lines, article.source, removed, gates, listed=listed, walled=walled)
        lines = _drop(lines, find_chrome(lines, known), removed)
        lines = _drop(lines, find_edges(lines, article, title), removed)
        lines = _drop(lines, find_repeats(lines), removed)
        if lines == before:
            break
    return lines


def _strike_learned(
    lines: list[str], article: RawArticle, title: str | None, learned: Learned
) -> tuple[list[str], list[Removed]]:
    """Strikes learned lines out, and what the rules see then at the new ends."""
    taken: list[Removed] = []
    while gone := find_learned(lines, learned.lines):
        lines = strike(_drop(lines, gone, taken), article, taken, title)
    return lines, taken


def _drop(lines: list[str], gone: Gone, removed: list[Removed]) -> list[str]:
    if not gone:
        return lines
    removed.extend(_evidence(kind, lines[i]) for i, kind in sorted(gone.items()))
    return [line for i, line in enumerate(lines) if i not in gone]


def _cut_inside(
    lines: list[str], source: str, removed: list[Removed], gates: list[str], *, listed: bool, walled: bool
) -> list[str]:
    """Cuts glued copies, walls, markers and the outlet's name out of lines."""
    out = lines
    if glued := glued_repeats(out):
        out = _cut_at(out, glued, "repeat", removed)
    if walled:
        walls = {i: at for i, line in enumerate(out) if (at := wall_start(line)) is not None}
        out = _cut_at(out, walls, "paywall", removed)
    if listed:
        last = len(out) - 1
        lists = {i: at for i, line in enumerate(out) if (at := list_start(line, is_last=i == last)) is not None}
        out = _cut_at(out, lists, "related", removed)
    if gates:
        out = _without_markers(out, gates, removed)
    at = outlet_tail(out[-1], source) if out else None
    if at is not None:
        removed.append(_evidence("outlet", out[-1][at:].strip()))
        out = [*out[:-1], out[-1][:at]]
    return out


def _cut_at(lines: list[str], cuts: dict[int, int], kind: str, removed: list[Removed]) -> list[str]:
    """Cuts the ends of lines off."""
    removed.extend(_evidence(kind, lines[i][at:]) for i, at in cuts.items())
    cut = (line[: cuts[i]].rstrip() if i in cuts else line for i, line in enumerate(lines))
    return [line for line in cut if line]


def _without_markers(lines: list[str], gates: list[str], removed: list[Removed]) -> list[str]:
    out: list[str] = []
    for line in lines:
        if not any(map(line.__contains__, gates)):
            out.append(line)
            continue
        kept, cut = cut_markers(line)
        removed.extend(_evidence(kind, text) for kind, text in cut)
        if kept:
            out.append(kept)
    return out


def _evidence(kind: str, text: str) -> Removed:
    return Removed(kind, len(text), text[:MAX_EVIDENCE_CHARS])
