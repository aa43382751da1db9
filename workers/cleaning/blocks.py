"""Decides line by line what goes, with an eye on the neighbours: lists under a heading, share buttons in a row.

A heading eats only headline-like lines below it and stops at the first sentence, at a change of bullet style and after
MAX_LIST lines. Structure without a heading never deletes: result tables, lyrics and name lists look like link lists.
"""

from workers.cleaning.chrome import MAX_NETWORK_CHARS, has_no_spaces, is_network, kind_of
from workers.cleaning.phrases import BUTTONS, HEADING_KINDS
from workers.cleaning.shape import bullet_of, is_headline_like

MAX_LIST = 14
MIN_UNDER_WEAK = 2
MAX_SANDWICHED_CHARS = 110
MAX_SUBHEAD_WORDS = 4
MIN_MEAN_WORDS = 5.5
_NOT_ALONE = HEADING_KINDS | {BUTTONS}
Gone = dict[int, str]
"""What goes: index of the line -> kind."""


def find_chrome(lines: list[str], known: dict[str, str | None] | None = None) -> Gone:
    """All lines that are site chrome, with their kinds; `known` keeps verdicts on lines for the next pass."""
    known = {} if known is None else known
    for line in lines:
        if line not in known:
            known[line] = kind_of(line)
    kinds = [known[line] for line in lines]
    gone: Gone = {}
    if any(kinds):
        gone = {i: kind for i, kind in enumerate(kinds) if kind is not None and kind not in _NOT_ALONE}
        for i, kind in enumerate(kinds):
            if kind in HEADING_KINDS and i not in gone:
                _eat_list(lines, kinds, i, gone)
    _add_share_rows(lines, gone)
    if gone and BUTTONS in kinds:
        _add_buttons(kinds, gone)
    return gone


def _add_buttons(kinds: list[str | None], gone: Gone) -> None:
    """Words on buttons go next to what goes anyway; elsewhere somebody says them ("Okay.")."""
    buttons = [i for i, kind in enumerate(kinds) if kind == BUTTONS]
    for row, step in ((buttons, 1), (buttons[::-1], -1)):
        gone.update((i, "navigation") for i in row if i - step in gone)


def _eat_list(lines: list[str], kinds: list[str | None], at: int, gone: Gone) -> None:
    entries = _list_under(lines, kinds, at)
    if kinds[at] == "weak":
        enough = len(entries) >= MIN_UNDER_WEAK and entries[-1] + 1 >= _end_of_body(kinds)
        if not enough:
            return
    gone[at] = "heading"
    gone.update(dict.fromkeys(entries, "related"))


def _end_of_body(kinds: list[str | None]) -> int:
    """The index after the last line that is not chrome by itself."""
    end = len(kinds)
    while end and kinds[end - 1] is not None:
        end -= 1
    return end


def _list_under(lines: list[str], kinds: list[str | None], heading: int) -> list[int]:
    """The headline-like lines under a heading; advertisements between them do not end the list."""
    entries: list[int] = []
    at = heading + 1
    while at < len(lines) and len(entries) < MAX_LIST:
        if kinds[at] is None:
            if not _belongs(lines, kinds, at, entries):
                break
            entries.append(at)
        elif kinds[at] in HEADING_KINDS:
            break
        at += 1
    if at < len(lines) and kinds[at] is None and len(entries) < MAX_LIST:
        _give_back_subhead(lines, entries)
        if _too_terse(lines, entries):
            return []
    return entries


def _too_terse(lines: list[str], entries: list[int]) -> bool:
    """In the middle of a story: are these rather sub-headings and names than headlines?"""
    if not entries or bullet_of(lines[entries[0]]) or has_no_spaces(lines[entries[0]]):
        return False
    return sum(len(lines[e].split()) for e in entries) < MIN_MEAN_WORDS * len(entries)


def _belongs(lines: list[str], kinds: list[str | None], at: int, entries: list[int]) -> bool:
    line = lines[at]
    if entries and bullet_of(line) != bullet_of(lines[entries[0]]):
        return False
    if is_headline_like(line):
        return True
    follows = next((i for i in range(at + 1, len(lines)) if kinds[i] is None), None)
    sandwiched = bool(entries) and follows is not None and is_headline_like(lines[follows])
    return sandwiched and len(line) <= MAX_SANDWICHED_CHARS and line[-1] not in ":：" and not line[0].islower()


def _give_back_subhead(lines: list[str], entries: list[int]) -> None:
    """A short last entry with a sentence after it is a sub-heading of the story, which goes on."""
    while (
        len(entries) > 1 and len(lines[entries[-1]].split()) <= MAX_SUBHEAD_WORDS and not bullet_of(lines[entries[-1]])
    ):
        if all(len(lines[e].split()) <= MAX_SUBHEAD_WORDS for e in entries[:-1]):
            return
        entries.pop()


def _add_share_rows(lines: list[str], gone: Gone) -> None:
    """Names of networks go when two stand together, or one stands next to a share phrase."""
    row: list[int] = []
    for i, line in enumerate(lines):
        if len(line) <= MAX_NETWORK_CHARS and is_network(line) if i not in gone else gone[i] == "share":
            if row and row[-1] != i - 1:
                row = []
            row.append(i)
            if len(row) > 1:
                gone.update(dict.fromkeys(row, "share"))
