"""Repairs the letters of a text: Unicode form, zero-width characters, mojibake.

Each repair is guarded by a cheap search, because the thorough tools cost a hundred times what cleaning an article may.
Mojibake is judged paragraph by paragraph: often only one pasted quote of an article is broken.
"""

import re
import unicodedata

from ftfy import fix_encoding
from ftfy.badness import is_bad
from ftfy.fixes import fix_c1_controls

from workers.cleaning.sanitise import drop_c1, drop_controls

_ZERO_WIDTH = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_HIDDEN = re.compile("[\x80-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_ALWAYS_OUT = re.compile("[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_IDLE_JOINER = re.compile(
    "(?<![\u0600-\u08ff\u0900-\u109f\u1780-\u17ff\u2190-\u2bff\ufb50-\ufdff\ufe0f\ufe70-\ufefc\U0001f000-\U0001faff])[\u200c\u200d]+"
)
"""A joiner that joins nothing: after a letter of a script that does not need it. In Persian or Hindi it is spelling."""
_FOLLOWERS = "\x80-\xbf€™œžŸšƒ„…†‡ˆ‰‹‘’“”•–—˜›ŒŠŽ"
_HINT_LETTERS = "ÂÃâÐÑØÙãäåæçèé"
_HINT = re.compile(f"[\x80-\x9f{_HINT_LETTERS}]")
MAX_ROUNDS = 4
_WIDE_SPACE = re.compile("[\t\u2000-\u200a\u202f\u205f\u3000]")
"""White space that becomes a plain space, which mojibake may hold in the place of a no-break one."""
_SUSPECT = re.compile(f"[\x80-\x9f]|[ÂÃâÐÑØÙ][{_FOLLOWERS}]|[ãäåæçèé][{_FOLLOWERS}]{{2}}")


def mend(text: str, plain: bool = False) -> str:
    """NFC without zero-width characters and without mojibake; `plain` when the text is known to be (sanitise.is_plain).

    >>> mend("cafe\u0301 zero\u200bwidth")
    'café zerowidth'
    """
    for _ in range(MAX_ROUNDS):  # what hid between the letters may have hidden mojibake
        before, text = text, _mend_once(text, plain)
        if text is before or text == before:
            break
        plain = False
    return text


def _mend_once(text: str, plain: bool) -> str:
    if text.isascii():
        return text
    hinted = any(map(text.__contains__, _HINT_LETTERS)) if plain else _HINT.search(text)
    if hinted and _SUSPECT.search(text):
        mended = "\n".join(map(mend_mojibake, _WIDE_SPACE.sub(" ", text).split("\n")))
        if mended != text:
            text, plain = drop_controls(mended), False  # what was read wrongly may have been a hidden character
    if not plain and _HIDDEN.search(text):
        text = drop_c1(drop_zero_width(text))
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def drop_zero_width(text: str) -> str:
    """Removes soft hyphens, byte order marks, direction marks and joiners that join nothing."""
    if not _ZERO_WIDTH.search(text):
        return text
    return _IDLE_JOINER.sub("", _ALWAYS_OUT.sub("", text))


def mend_mojibake(paragraph: str) -> str:
    r"""Undoes text that was read in a wrong encoding; leaves alone what only looks unusual.

    >>> mend_mojibake("The president’s office said it was â€œnot awareâ€\x9d.")
    'The president’s office said it was “not aware”.'
    """
    if not _SUSPECT.search(paragraph):
        return paragraph
    if is_bad(paragraph):
        paragraph = fix_encoding(paragraph)
    return fix_c1_controls(paragraph)
