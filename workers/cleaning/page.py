"""Takes the article out of a web page. trafilatura with precision and without comments is the best measured.

Never its `deduplicate=True`: it remembers earlier pages, and a page delivered again would come back empty. Where it
finds nothing, or there is no page to speak of, simpler ways follow: the blocks of a fragment, the body that JSON-LD
states, or the text as it is.
"""

import html
import re
from dataclasses import dataclass

from trafilatura import extract

from workers.cleaning.facts import NO_FACTS, Facts, read_facts
from workers.cleaning.sanitise import drop_control_entities, drop_controls
from workers.cleaning.tame import tame

_TAG = re.compile(r"<[/!]?[a-zA-Z][^<>]*>")
_BLOCK = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|tr|table|blockquote|section|article|pre|dd|dt|figure|figcaption|hr)\b[^<>]*>",
    re.IGNORECASE,
)
_FURNITURE = re.compile(r"<(nav|footer|aside|head|title|form|button|figure)\b", re.IGNORECASE)
_WHOLE_PAGE = re.compile(r"<(?:html|body|head|nav|header|footer|aside)\b", re.IGNORECASE)
MIN_EXTRACT_CHARS = 100
FULLER = 3
"""The plain blocks of a page are taken instead where they hold so many times more than a near-empty extract."""


@dataclass(frozen=True, slots=True)
class Page:
    """The text of a body, a paragraph on each line, and what its page states."""

    text: str
    facts: Facts = NO_FACTS
    unsafe: bool = False


def read_page(markup: str) -> Page:
    """The text and the facts of a page; unsafe when it cannot be parsed in bounded time."""
    if not _TAG.search(markup):
        return Page(drop_controls(html.unescape(markup)))  # plain text under a wrong label
    markup = drop_control_entities(markup)
    tamed = tame(markup)
    if tamed is None:
        return Page("", unsafe=True)
    facts = read_facts(markup)
    if not _WHOLE_PAGE.search(tamed):
        return Page(blocks_of(tamed), facts)
    text = _extract(tamed)
    if len(text) < MIN_EXTRACT_CHARS:
        blocks = blocks_of(tamed)
        text = (
            blocks if not text or (len(blocks) > FULLER * len(text) and len(blocks) < 5 * MIN_EXTRACT_CHARS) else text
        )
    return Page(drop_controls(text), facts)


def _extract(markup: str) -> str:
    try:
        return extract(markup, favor_precision=True, include_comments=False, deduplicate=False) or ""
    except MemoryError:
        raise  # not the page's layout but its size: whoever set the limit decides
    except Exception:  # noqa: BLE001  # whatever a parser makes of a stranger's page, it costs only this page its layout
        return ""


def blocks_of(markup: str) -> str:
    r"""The text of a fragment, a block on each line, without what is furniture by its element.

    >>> blocks_of("<p>One <b>two</b>.</p><nav><a>Home</a></nav><p>Three &amp; four.</p>")
    'One two.\nThree & four.'
    """
    text = _TAG.sub("", _BLOCK.sub("\n", _without_furniture(markup).replace("\n", " ")))
    lines = (" ".join(line.split()) for line in html.unescape(text).split("\n"))
    return "\n".join(line for line in lines if line)


def _without_furniture(markup: str) -> str:
    out: list[str] = []
    at = 0
    while m := _FURNITURE.search(markup, at):
        end = markup.lower().find(f"</{m[1].lower()}", m.end()) if len(out) < 200 else -1
        if end < 0:
            break
        out.append(markup[at : m.start()])
        at = markup.find(">", end) + 1 or len(markup)
    out.append(markup[at:])
    return "".join(out)
