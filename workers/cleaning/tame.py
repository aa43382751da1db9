"""Makes a page harmless before a C parser sees it, because nothing can interrupt one.

One pass over the tags: scripts, styles and comments out, tags with absurd attributes bare, tags nested too deep out
(their text stays). Every search goes forward only, so time is linear in the page. Too many tags or too much text for
two seconds of parsing: the page is unsafe.
"""

import re

MAX_RAW_TAGS = 250_000
"""As many this module looks at; what is left for the parser then must be fewer."""
MAX_TAGS = 25_000
MAX_DEPTH = 200
MAX_ATTRIBUTE_CHARS = 6_000
MAX_ATTRIBUTES = 150
MAX_MARKUP_CHARS = 2_500_000

_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "td",
        "tr",
        "th",
        "option",
        "dt",
        "dd",
    ]
)
_SKIPPED = re.compile(r"<(script|style|svg|template|iframe|object)\b|<!--", re.IGNORECASE)
_END_OF = {
    name: re.compile(rf"</{name}\s*>", re.IGNORECASE)
    for name in ("script", "style", "svg", "template", "iframe", "object")
}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)((?:[^>=\"']++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+|[\"'])*+)>")


def tame(markup: str) -> str | None:
    """The page without what a reader does not see and a parser may choke on; None when it stays too much.

    >>> tame("<p>one<script>if (a < b) {}</script> two<!-- three --></p>")
    '<p>one two</p>'
    """
    markup = drop_skipped(markup)
    if len(markup) > MAX_MARKUP_CHARS or markup.count("<") > MAX_RAW_TAGS:
        return None
    markup = _flatten(markup)
    return markup if markup.count("<") <= MAX_TAGS else None


def drop_skipped(markup: str) -> str:
    """Removes scripts, styles, drawings, embedded pages and comments; one that never ends takes the rest with it."""
    out: list[str] = []
    at = 0
    while m := _SKIPPED.search(markup, at):
        out.append(markup[at : m.start()])
        at = _end_of_skipped(markup, m)
    if not out:
        return markup
    out.append(markup[at:])
    return "".join(out)


def _end_of_skipped(markup: str, m: re.Match[str]) -> int:
    if m[1] is None:
        end = markup.find("-->", m.end())
        return len(markup) if end < 0 else end + 3
    found = _END_OF[m[1].lower()].search(markup, m.end())
    return len(markup) if found is None else found.end()


def _flatten(markup: str) -> str:
    """Drops tags below MAX_DEPTH and the attributes of tags that have too many; their text stays."""
    out: list[str] = []
    at = depth = 0
    for m in _TAG.finditer(markup):
        closing, name, attributes = m.groups()
        instead: str | None = None
        if name.lower() not in _VOID:
            depth = max(0, depth - 1) if closing else depth + 1
            instead = " " if depth + bool(closing) > MAX_DEPTH else None
        if instead is None and _is_absurd(attributes):
            instead = f"<{closing}{name}>"
        if instead is not None:
            out += (markup[at : m.start()], instead)
            at = m.end()
    out.append(markup[at:])
    return "".join(out)


def _is_absurd(attributes: str) -> bool:
    return len(attributes) > MAX_ATTRIBUTE_CHARS or attributes.count("=") > MAX_ATTRIBUTES
