"""Takes out what no reader ever sees and no parser should: control characters, lone surrogates, non-characters.

This runs before any parser, because one `&#1;` makes libxml2 return nothing for a whole page and a lone surrogate half
of it. Law: a text that holds none of these comes back as it is.
"""

import html
import re

_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\u2028\u2029]")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_C1 = re.compile("[\x80-\x9f]")
_NUMERIC_ENTITY = re.compile(r"&#(?:[xX]0*([0-9a-fA-F]{1,6})|0*([0-9]{1,7}));?")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_REPEATED_AMP = re.compile(r"&(?:amp;)+")
MAX_UNESCAPES = 4


def is_plain(text: str) -> bool:
    r"""Does the text hold nothing but letters, signs, spaces and line ends? Then most repairs need not look at it.

    >>> is_plain("cafés\n– open"), is_plain("no\u00a0break"), is_plain("zero\u200bwidth"), is_plain("a\x00b")
    (True, False, False, False)
    """
    return text.replace("\n", "").isprintable()


def drop_controls(text: str) -> str:
    r"""Unites line ends and removes control characters, lone surrogates and non-characters; C1 stays for `mend`.

    >>> drop_controls("one\r\ntwo\x00\x07 three\ud800")
    'one\ntwo three'
    """
    if not _ODD.search(text):
        return text
    return _INVISIBLE.sub("", _NEWLINES.sub("\n", text))


def drop_c1(text: str) -> str:
    """Removes what is left of the C1 control characters once mojibake is repaired."""
    return _C1.sub("", text) if _C1.search(text) else text


def drop_control_entities(markup: str) -> str:
    """Removes numeric entities that stand for characters which no page may hold.

    >>> drop_control_entities("a&#1;b&#x1F;c&#8217;d")
    'abc&#8217;d'
    """
    return _NUMERIC_ENTITY.sub(_keep_visible, markup) if "&#" in markup else markup


def _keep_visible(m: re.Match[str]) -> str:
    code = int(m[1], 16) if m[1] else int(m[2])
    visible = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF
    return m[0] if visible and code not in (0x7F, 0xFFFE, 0xFFFF) else ""


def has_entities(text: str) -> bool:
    """Does the text hold what `unescape_entities` would resolve? A bare ampersand is none."""
    return "&" in text and _ENTITY.search(text) is not None


def unescape_entities(text: str) -> str:
    """Resolves entities left in plain text, also those escaped twice.

    >>> unescape_entities("Q&amp;A: R&D &amp;#8220;now&#8221;")
    'Q&A: R&D “now”'
    """
    for _ in range(MAX_UNESCAPES):
        if not has_entities(text):
            break
        text = html.unescape(_REPEATED_AMP.sub("&", text) if "&amp;amp;" in text or "&amp;" in text else text)
    return text
