"""Articles for the eye: what cleaning takes out struck out in colour where it stood, with its kind and the rule behind it.

So that an editor sees in a minute whether a rule is right. An article's text may hold anything; it is shown by terminal.py.
"""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from workers.cleaned import Cleaned
from workers.cleaning.pipeline import MAX_EVIDENCE_CHARS
from workers.errors import DeadLetterError
from workers.outcome import Removed
from workers.terminal import plain

COLOURS = {"repeat": "yellow", "related": "magenta", "heading": "magenta", "pointer": "magenta", "learned": "cyan"}
OTHER_COLOUR = "red"
WHY = {
    "advertisement": "an advertisement, or the mark of one",
    "breadcrumb": "the way to this page through the site",
    "byline": "a byline on top; it goes into the item",
    "comments": "the comments below an article",
    "cookies": "a cookie notice",
    "copyright": "a copyright notice",
    "counter": "how old, how long or how often read",
    "credit": "the credit of a picture",
    "date": "a date alone at the top or the end",
    "error": "an error message of the site",
    "heading": "stands above links to other articles",
    "headline": "the page's own title; it goes into the item",
    "learned": "this outlet repeats it under many articles",
    "navigation": "a button or link of the site",
    "newsletter": "asks to sign up for a newsletter",
    "outlet": "the outlet's name after the end",
    "paywall": "a paywall",
    "pointer": "points at another article",
    "promo": "asks to follow, join or buy",
    "related": "a headline of another article under a heading",
    "repeat": "stands in the article before",
    "script": "a notice that scripts are off or still loading",
    "share": "share buttons",
    "source": "the sources at the end",
}
"""What each kind of removed line is. `test_cleaning_command.py` holds it to the kinds that the rules know."""


def show_all(found: Iterable[Cleaned | DeadLetterError]) -> None:
    """Prints each article on standard output."""
    console = Console(highlight=False, soft_wrap=False)
    for one in found:
        if isinstance(one, DeadLetterError):
            console.print(Text(f"dead letter: {one.reason}: {plain(str(one))}", "red"))
        else:
            _show(console, one)


def _show(console: Console, found: Cleaned) -> None:
    article, cleaned = found.article, found.text
    console.rule(Text(plain(article.headline or cleaned.headline or article.uri), "bold"))
    if article.content_type == "text/html":
        console.print(Text(f"the text of a page of {len(article.body):,} characters:", "dim"))
    body = article.body if found.page_text is None else found.page_text
    for line in marked(body, cleaned.text, cleaned.removed):
        console.print(line)
    gone = sum(r.chars for r in cleaned.removed)
    console.print(Text(f"{len(cleaned.removed)} spans out, {gone:,} characters; {len(cleaned.text):,} stay", "dim"))
    if cleaned.rejection:
        console.print(Text(f"rejected: {cleaned.rejection}", "bold red"))


def marked(body: str, text: str, removed: Iterable[Removed]) -> Iterator[Text]:
    """Each line of a body as it is to be seen: plain when it stays in the text, struck out with its kind when it goes.

    Of a line that stands twice, and stays once, the first is the one that stays.
    """
    lines = [" ".join(line.split()) for line in body.split("\n") if line.strip()]
    spans = {(r.text, r.chars): r for r in removed}
    keys = [(line[:MAX_EVIDENCE_CHARS], len(line)) for line in lines]
    whole = set(keys)
    inside = [span for key, span in spans.items() if key not in whole]
    kept = set(text.split("\n\n"))
    for line, key in zip(lines, keys, strict=True):
        if line in kept:
            kept.discard(line)
            yield Text(plain(line))
        elif span := spans.get(key):
            yield _explained(Text(plain(line), f"strike {_colour(span)}"), [span])
        else:
            yield _struck_inside(line, inside)


def _struck_inside(line: str, spans: list[Removed]) -> Text:
    """The line with the spans struck out that were cut from inside it."""
    seen = Text(plain(line))
    cut = []
    for span in spans:
        wanted = plain(span.text)
        at = seen.plain.find(wanted) if wanted else -1
        if at >= 0:
            seen.stylize(f"strike {_colour(span)}", at, at + span.chars)
            cut.append(span)
    return _explained(seen, cut)


def _explained(line: Text, spans: list[Removed]) -> Text:
    for kind, span in {span.kind: span for span in spans}.items():
        line.append(f"   {kind}", f"italic {_colour(span)}")
        if why := WHY.get(kind):
            line.append(f": {why}", "dim")
    return line


def _colour(span: Removed) -> str:
    return COLOURS.get(span.kind, OTHER_COLOUR)
