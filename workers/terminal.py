"""What a stranger's text may do to a terminal: nothing.

Headlines come from outside. A control character in one could clear the screen or retitle the window; an override of
the writing direction could make a kill read like something else. Such characters are shown by their codes.
"""

import sys
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
    return "".join(_visible(" ".join(text.translate(_SPACES).split())))


def plain_lines(text: str) -> str:
    r"""The same for a text of several lines, each with its spaces.

    >>> plain_lines("its log:\n  \x1b[2Jready\r")
    'its log:\n  \\x1b[2Jready '
    """
    return "\n".join("".join(_visible(line.translate(_SPACES))) for line in text.split("\n"))


def plain_json(json: bytes) -> bytes:
    r"""The same JSON, with all that is invisible in its strings written as JSON writes it.

    >>> plain_json('{"headline": "\u202eLLIK \x9b2J"}'.encode())
    b'{"headline": "\\u202eLLIK \\u009b2J"}'
    """
    text = json.decode("utf-8", "replace")
    return "".join(_in_json(c) if c != "\n" and _is_hidden(c, unicodedata.category(c)) else c for c in text).encode()


def print_json(json: bytes) -> None:
    """Writes JSON to standard output: byte for byte for programs, plain on a terminal."""
    sys.stdout.buffer.write(plain_json(json) if sys.stdout.isatty() else json)


def _visible(text: str) -> list[str]:
    shown: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category == "Mn" else 0
        if marks <= MAX_MARKS:
            shown.append(_code(character) if _is_hidden(character, category) else character)
    return shown


def _is_hidden(character: str, category: str) -> bool:
    return category in _HIDDEN and character not in _JOINERS


def _code(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def _in_json(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n : n + 2].hex()}" for n in range(0, len(units), 2))
