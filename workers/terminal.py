"""What a stranger's text may do to a terminal: nothing.

Headlines come from outside. A control character in one could clear the screen or retitle the window; an override of
the writing direction could make a kill read like something else. Such characters are shown by their codes.
"""

import unicodedata

_JOINERS = "\u200c\u200d"  # Persian and Indic spelling needs them, and so do emoji
_SPACES = dict.fromkeys(map(ord, "\t\n\v\f\r\x85\u2028\u2029"), " ")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
MAX_MARKS = 4  # combining marks in a row: more only paint over the neighbouring lines


def plain(text: str) -> str:
    r"""The text on one line, with all that is invisible shown by its code.

    >>> plain("Mayor\n resigns\x1b[2J")
    'Mayor resigns\\x1b[2J'
    >>> plain("\u202eLLIK")
    '\\u202eLLIK'
    """
    return "".join(_visible(text.translate(_SPACES))).strip()


def _visible(text: str) -> list[str]:
    shown: list[str] = []
    marks = 0
    for character in " ".join(text.split()):
        category = unicodedata.category(character)
        marks = marks + 1 if category == "Mn" else 0
        if marks <= MAX_MARKS:
            shown.append(_code(character) if _is_hidden(character, category) else character)
    return shown


def _is_hidden(character: str, category: str) -> bool:
    return category in _HIDDEN and character not in _JOINERS


def _code(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
