"""What others do to a story before it comes in again: change words, put chrome round it, spoil its characters."""

from collections.abc import Sequence
from html import escape

Pairs = Sequence[tuple[str, str]]


def edited(text: str, changes: Pairs) -> str:
    """The text with each first phrase replaced by the second, which must be there."""
    for old, new in changes:
        if old not in text:
            raise ValueError(f"nothing to change: {old!r}")
        text = text.replace(old, new, 1)
    return text


def framed(body: str, before: Sequence[str] = (), after: Sequence[str] = (), inside: str = "") -> str:
    """The body under other boilerplate: lines before and after, one line after its second paragraph."""
    paragraphs = body.split("\n\n")
    if inside:
        paragraphs.insert(2, inside)
    return "\n\n".join([*before, *paragraphs, *after])


def mojibake(text: str) -> str:
    """UTF-8 read as Windows-1252, as a wrongly set up mail gateway does it; its five holes stay control characters."""
    return "".join(_misread(byte) for byte in text.encode())


def _misread(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


def page(headline: str, paragraphs: Sequence[str], site: str, teasers: Sequence[str]) -> str:
    """A web page as a crawler brings it: navigation, cookie banner, share bar, advertisement, teasers, footer."""
    text = "\n".join(f"<p>{escape(p)}</p>" for p in paragraphs[:2])
    rest = "\n".join(f"<p>{escape(p)}</p>" for p in paragraphs[2:])
    links = "\n".join(f'<li><a href="/{n}">{escape(t)}</a></li>' for n, t in enumerate(teasers))
    return _PAGE.format(title=escape(headline), site=escape(site), text=text, rest=rest, links=links)


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | {site}</title>
<meta property="og:site_name" content="{site}"><style>body {{ margin: 0 }} .ad {{ height: 250px }}</style>
<script>window.dataLayer = window.dataLayer || []; function track() {{ dataLayer.push(arguments) }}</script></head>
<body>
<div id="cookie-banner" class="cookie-consent"><p>We use cookies to improve your experience.</p><button>Accept all</button></div>
<header><a href="/">{site}</a><nav><ul><li><a href="/news">News</a></li><li><a href="/sport">Sport</a></li>
<li><a href="/business">Business</a></li><li><a href="/weather">Weather</a></li></ul></nav></header>
<main><article><h1>{title}</h1>
<ul class="share-buttons"><li><a href="#">Share on Facebook</a></li><li><a href="#">Post on X</a></li></ul>
{text}
<div class="ad advertisement" aria-hidden="true"><span>Advertisement</span></div>
{rest}
</article>
<aside class="related-articles"><h2>You may also like</h2><ul>
{links}
</ul></aside></main>
<footer><p>© 2026 {site}. All rights reserved.</p><a href="/privacy">Privacy policy</a></footer>
<script src="/static/app.js"></script></body></html>
"""
