"""Reading the members of a JSON object by rule: present, of the right type, not too long, of an allowed value.

Law: what is null, empty or blank is absent; what is present and breaks its rule is a dead letter that names the field.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from workers.errors import DeadLetterError
from workers.outcome import DeadLetterReason

T = TypeVar("T")

_NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Fields:
    """The members of one object; each method reads one of them or raises DeadLetterError."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self.all = members

    def required(self, name: str, read: Callable[[str], str], max_chars: int) -> str:
        """A string that must be there and must say something."""
        if self.all.get(name) is None:
            refuse("missing-field", name, "is missing")
        return self.optional(name, read, max_chars) or refuse("bad-value", name, "is blank")

    def optional(self, name: str, read: Callable[[str], T], max_chars: int) -> T | None:
        """A string as `read` understands it, which raises ValueError where it does not."""
        value = self.all.get(name)
        if value is None:
            return None
        if type(value) is not str:
            refuse("wrong-type", name, f"is {kind_of(value)}, not a string")
        check_length(name, value, max_chars)
        if not value or value.isspace():
            return None
        return _read(name, read, value)

    def integer(self, name: str, least: int, most: int) -> int | None:
        """A whole number; true and false are none."""
        value = self.all.get(name)
        if value is None:
            return None
        number = _whole(name, value)
        if not least <= number <= most:
            refuse("bad-value", name, f"is not from {least} to {most}")
        return number

    def string_or_integer(
        self, name: str, from_string: Callable[[str], T], from_integer: Callable[[int], T], max_chars: int
    ) -> T | None:
        """Either, each read by its own rule."""
        value = self.all.get(name)
        if value is None or type(value) is str:
            return self.optional(name, lambda s: from_string(one_line(s)), max_chars)
        return _read(name, from_integer, _whole(name, value))


def refuse(reason: DeadLetterReason, name: str, problem: str) -> NoReturn:
    """Ends the reading of this record."""
    raise DeadLetterError(reason, f"`{name}` {problem}")


def check_length(name: str, value: str, max_chars: int) -> None:
    """Characters are code points."""
    if len(value) > max_chars:
        refuse("over-long", name, f"has {len(value):,} characters; at most {max_chars:,} are allowed")


def text(value: str) -> str:
    """As it stands, without white space around it."""
    return value.strip()


def one_line(value: str) -> str:
    r"""Control characters and line breaks become spaces, and runs of spaces one.

    >>> one_line(" Storm \x00 hits\nnorth ")
    'Storm hits north'
    """
    return " ".join(_NOT_IN_A_LINE.sub(" ", value).split())


def kind_of(value: object) -> str:
    """What JSON calls a value of this Python type."""
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    return names.get(type(value), "null")


def _read(name: str, read: Callable[..., T], value: object) -> T:
    try:
        return read(value)
    except ValueError as e:
        refuse("bad-value", name, str(e))


def _whole(name: str, value: object) -> int:
    # JSON knows one kind of number: 3.0 is whole, and the parser hands out whole numbers beyond 64 bits as floats
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    refuse("wrong-type", name, f"is {kind_of(value)}, not a whole number")
