"""Versions that compare: whole numbers with whole numbers, other strings with other strings in natural order.

Strategy: a key of plain ASCII that sorts by its bytes, so that Redis and Python agree on what is newer.
"""

import re

from workers.article import Version

MAX_VERSION_CHARS = 128
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1

_DIGITS_OR_ONE = re.compile(r"[0-9]+|[^0-9]")


def integer_version(number: int) -> Version:
    """A version that is a whole number of 64 bits.

    >>> integer_version(9).key < integer_version(10).key
    True
    """
    if not MIN_INTEGER <= number <= MAX_INTEGER:
        raise ValueError("is beyond 2^63-1")
    return Version(str(number), f"i{number - MIN_INTEGER:016x}")


def string_version(text: str) -> Version:
    """A version given as a string; one of digits alone is a whole number.

    >>> string_version("1.9").key < string_version("1.10").key
    True
    >>> string_version("007") == integer_version(7)
    True
    """
    if text.isascii() and text.isdigit():
        return integer_version(int(text))
    return Version(text, "s" + "".join(map(_sortable, _DIGITS_OR_ONE.findall(text))))


def _sortable(piece: str) -> str:
    if piece[0] in "0123456789":
        digits = piece.lstrip("0")
        return f"{len(digits):02x}{digits}"
    # "~" sorts after all other printable ASCII, as other characters should; escaping itself keeps keys unambiguous
    return piece if " " <= piece < "~" else f"~{ord(piece):06x}"
