"""Plain text or HTML: what the producer says, else what the body looks like.

Law: a text that merely mentions a tag or uses "<" is plain text; what was HTML and is taken for text would show its
markup to readers, so a single closing tag of a block decides for HTML.
"""

import re

from workers.article import ContentType

_SAID: dict[str, ContentType] = {
    "text/plain": "text/plain",
    "text/html": "text/html",
}

_BEGINS_AS_HTML = re.compile(r"\s*<(?:!doctype\s+html|!--|\?xml|/?[a-z][a-z0-9]{0,20}(?:\s[^<>]*)?/?>)", re.IGNORECASE)
_MARKUP_INSIDE = re.compile(
    r"</(?:p|div|span|a|li|ul|ol|td|tr|table|h[1-6]|b|i|em|strong|body|html|article|section|blockquote|script|style)\s{0,9}>"
    r"|<(?:br|hr)\s{0,9}/?>",
    re.IGNORECASE,
)


def content_type_of(said: str) -> ContentType:
    """The type that a producer names.

    Raises:
        ValueError: a type that this program does not read.

    >>> content_type_of("Text/HTML; charset=utf-8")
    'text/html'
    """
    try:
        return _SAID[said.partition(";")[0].strip().lower()]
    except KeyError:
        raise ValueError("is neither text/plain nor text/html") from None


def guessed_content_type(body: str) -> ContentType:
    """The type that a body looks like.

    >>> guessed_content_type("Rates fell to < 3%.")
    'text/plain'
    >>> guessed_content_type("<p>Rates fell.</p>")
    'text/html'
    """
    if "<" in body and (_BEGINS_AS_HTML.match(body) or _MARKUP_INSIDE.search(body)):
        return "text/html"
    return "text/plain"
