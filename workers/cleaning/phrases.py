"""Reads phrases.toml into tables that answer at once: what kind of chrome is this line, if any?

A phrase without wildcards is looked up in a dict; the others are regular expressions reached through the first two to
six characters of a line, so that a line of a story costs two look-ups and no expression. The language of an article is not
asked: all languages are tried together, because sites mix them and languages are guessed wrong.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import islice, product

UNSPACED_LANGUAGES = frozenset({"ja", "zh"})
HEADING_KINDS = frozenset({"pointers", "headings", "weak"})
BUTTONS = "buttons"
WALL_KINDS = frozenset({"paywall", "cookies", "script", "error"})
GATE_CHARS = 6
SHORT_GATE_CHARS = 2
ENDING_CHARS = 3
MAX_LITERALS = 256
"""A phrase that stands for more literal lines than this is kept as an expression."""

DECORATION = " \t\u3000.,:;…!¡|•·●○■□◆◇▶►▸»«›‹→←↓↑*#_~=<>()[]{}【】〔〕［］＜＞《》〈〉「」『』（）\"'“”‘’„-–—―/\\+✓✔☞👉🔴：；。、！｜؛،।۔"
"""What may stand round a phrase on its line."""

_GATE_LENGTHS = range(GATE_CHARS, SHORT_GATE_CHARS - 1, -1)
_STRAIGHT = tuple(zip("’‘“”‑–—｜：＝İı", "''\"\"---|:=ii", strict=True))
"""What counts as the same letter in a phrase; the two Turkish ones because case does not lead from one to the other."""

MAX_LITERAL_CHARS = 100
HEAD_CHARS = 24

_FANCY = re.compile(f"[{''.join(fancy for fancy, _ in _STRAIGHT)}]")
_TYPED_COPYRIGHT = re.compile(r"c\) ?(?:19|20)\d\d")
_GROUP = re.compile(r"\(([^()]*)\)")


def key_of(line: str) -> str:
    """The line as it is looked up: without case, decoration round it and fancy quotation marks.

    >>> key_of("【 READ ALSO: 】")
    'read also'
    """
    key = (line if line.isascii() else _straighten(line)).strip(DECORATION).casefold()
    return "©" + key[2:] if _TYPED_COPYRIGHT.match(key) else key


def _straighten(line: str) -> str:
    if not _FANCY.search(line):
        return line
    for fancy, plain in _STRAIGHT:  # ten replacements of nothing cost a tenth of one str.translate
        line = line.replace(fancy, plain)
    return line


@cache
def compiled(expressions: str) -> re.Pattern[str]:
    """Compiled when first asked for: most gates are never opened, and a command has to start quickly."""
    return re.compile(expressions)


@dataclass(slots=True)
class PhraseTable:
    """All phrases of all languages. `literal`, `gates` and `endings` map to kinds; `pointers` holds prefixes."""

    literal: dict[str, str] = field(default_factory=dict)
    gates: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    endings: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    pointers: dict[str, str] = field(default_factory=dict)
    openings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    roots: frozenset[str] = frozenset()
    root_words: frozenset[str] = frozenset()
    networks: frozenset[str] = frozenset()

    def may_know(self, line: str) -> bool:
        """Could a phrase stand for this line? A cheap look at both ends, for lines too long for the dict."""
        head = line[:GATE_CHARS]
        if not head[:1].isalnum():
            head = line[:HEAD_CHARS].lstrip(DECORATION)[:GATE_CHARS]
        simple = head.isascii() and len(head) == GATE_CHARS and head[1] != ")"
        key = head.lower() if simple else key_of(line[:HEAD_CHARS])
        openings = self.openings.get(key[:SHORT_GATE_CHARS])
        if openings is not None and key.startswith(openings):
            return True
        tail = line[-ENDING_CHARS - 1 : -1]  # before a full stop
        if line[-1:] != "." or not tail.isalnum():
            tail = line[-HEAD_CHARS:].rstrip(DECORATION)[-ENDING_CHARS:]
        simple = tail.isascii() and len(tail) == ENDING_CHARS
        return (tail.lower() if simple else key_of(line[-HEAD_CHARS:])[-ENDING_CHARS:]) in self.endings

    def opens(self, key: str) -> bool:
        """Does a phrase with wildcards, or a pointer, begin like this key?"""
        openings = self.openings.get(key[:SHORT_GATE_CHARS])
        return openings is not None and key.startswith(openings)

    def kind_of_key(self, key: str) -> str | None:
        """The kind of a whole line, given its key; None for what no phrase knows."""
        kind = self.literal.get(key)
        if kind is None and key[-1:].isdecimal():  # "Comments 12"
            kind = self.literal.get(key.rstrip("0123456789 ("))
        if kind is not None:
            return kind
        if self.opens(key):
            for length in _GATE_LENGTHS:
                for name, expressions in self.gates.get(key[:length], ()):
                    if compiled(expressions).fullmatch(key):
                        return name
        return next((n for n, p in self.endings.get(key[-ENDING_CHARS:], ()) if compiled(p).fullmatch(key)), None)

    def pointer_end(self, key: str) -> int | None:
        """Where a pointer at the beginning of the line ends ("read also": ...), or None."""
        if not self.opens(key):
            return None
        for length in _GATE_LENGTHS:
            expressions = self.pointers.get(key[:length])
            if expressions and (m := compiled(expressions).match(key)):
                return m.end()
        return None


def alternatives(phrase: str) -> list[list[str]]:
    """The phrase as a row of choices: "a (b|)" is [["a "], ["b", ""]]."""
    choices: list[list[str]] = []
    for i, part in enumerate(_GROUP.split(phrase)):
        choices.append(part.split("|") if i % 2 else [part])
    return choices


def literals(phrase: str) -> list[str] | None:
    """Every line that a phrase without wildcards stands for; None where it has wildcards or stands for too many."""
    if "*" in phrase:
        return None
    found = list(islice(map("".join, product(*alternatives(phrase))), MAX_LITERALS + 1))
    return None if len(found) > MAX_LITERALS else found


def expression(phrase: str, unspaced: bool) -> str:
    """The phrase as a regular expression over keys."""
    parts = (
        f"(?:{'|'.join(_translate(c, unspaced) for c in choice)})"
        if len(choice) > 1
        else _translate(choice[0], unspaced)
        for choice in alternatives(phrase)
    )
    return "".join(parts)


def gates_of(phrase: str) -> set[str]:
    """The first characters of all lines that the phrase can match; the phrase must not begin with a wildcard.

    >>> sorted(gates_of("(a|the) new*"))
    ['a new', 'the ne']
    """
    found: set[str] = set()
    unfinished = {""}
    for choice in alternatives(phrase):
        grown = {_squeeze(u + c) for u in unfinished for c in choice}
        if any("*" in g[:SHORT_GATE_CHARS] for g in grown):
            raise ValueError(f"a phrase needs {SHORT_GATE_CHARS} characters before its first wildcard: {phrase!r}")
        found |= {g[:GATE_CHARS].partition("*")[0] for g in grown if "*" in g or len(g) >= GATE_CHARS}
        unfinished = {g for g in grown if "*" not in g and len(g) < GATE_CHARS}
    return found | {g.rstrip() for g in unfinished}


def _squeeze(text: str) -> str:
    return re.sub(r" +", " ", text).lstrip(" ")


_SPACE = r"(?: |(?<![^ ])|(?![^ ]))"
"""A space of a phrase: also matches nothing beside another space or at either end, where a choice was empty."""

_SPACED = {"***": r".{0,400}", "**": r"(?:\S++(?:(?<![.!?]) \S++){0,13})?", "*": r"(?:\S++(?:(?<![.!?]) \S++){0,3})?"}
_UNSPACED = {"***": r".{0,400}", "**": r"[^。！？]{0,40}", "*": r"[^。！？]{0,12}"}


def _translate(text: str, unspaced: bool) -> str:
    wild = _UNSPACED if unspaced else _SPACED
    out = []
    for part in re.split(r"(\*+| +)", text):
        if part.startswith("*"):
            out.append(wild[part])
        else:
            out.append(_SPACE if part.startswith(" ") else re.escape(part))
    return "".join(out)


def build_table(source: dict[str, dict[str, list[str]]]) -> PhraseTable:
    """Compiles the phrases of all languages.

    Raises:
        ValueError: a phrase begins with a wildcard.
    """
    table = PhraseTable()
    by_gate: dict[tuple[str, str], list[str]] = {}
    by_ending: dict[tuple[str, str], list[str]] = {}
    prefixes: dict[str, list[str]] = {}
    names: dict[str, set[str]] = {"roots": set(), "networks": set()}
    for language, kinds in source.items():
        for kind, phrases in kinds.items():
            for phrase in (_straighten(p).casefold().strip() for p in phrases):
                if kind in names:
                    names[kind].add(phrase)
                elif phrase.startswith("*"):
                    ending = (phrase[-ENDING_CHARS:], kind)
                    by_ending.setdefault(ending, []).append(expression(phrase, language in UNSPACED_LANGUAGES))
                else:
                    _add(table, by_gate, prefixes, kind, phrase, language in UNSPACED_LANGUAGES)
    for groups, gates in ((by_gate, table.gates), (by_ending, table.endings)):
        for (gate, kind), expressions in groups.items():
            gates.setdefault(gate, []).append((kind, "|".join(expressions)))
    table.pointers.update({gate: "|".join(expressions) for gate, expressions in prefixes.items()})
    for gate in {**table.gates, **table.pointers}:
        start = gate[:SHORT_GATE_CHARS]
        table.openings[start] = (*table.openings.get(start, ()), gate)
    table.roots, table.networks = frozenset(names["roots"]), frozenset(names["networks"])
    table.root_words = frozenset(r.split(" ", 1)[0] for r in table.roots)
    return table


def _add(
    table: PhraseTable,
    by_gate: dict[tuple[str, str], list[str]],
    prefixes: dict[str, list[str]],
    kind: str,
    phrase: str,
    unspaced: bool,
) -> None:
    known = literals(phrase)
    if known is not None:
        for line in known:
            table.literal.setdefault(key_of(re.sub(r" +", " ", line)), kind)
    else:
        for gate in gates_of(phrase):
            by_gate.setdefault((gate, kind), []).append(expression(phrase, unspaced))
    if kind == "pointers":
        for gate in gates_of(phrase):
            prefixes.setdefault(gate, []).append(expression(phrase, unspaced))


def load_table() -> PhraseTable:
    """The phrases that come with the program."""
    text = (files("workers.cleaning") / "phrases.toml").read_text(encoding="utf-8")
    table = build_table(tomllib.loads(text))
    table.literal.pop("", None)
    return table


TABLE = load_table()
