"""Times as they travel: RFC 3339 text outside, whole microseconds since 1970 in UTC inside.

Law: whatever `parse_rfc3339` accepts, `to_rfc3339` can write; no time zone is guessed and no clock is read.
"""

import re
from datetime import datetime, timedelta

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - all arithmetic here is in UTC, without a zone attached
MICROSECOND = timedelta(microseconds=1)
FIRST_US = (datetime.min - EPOCH) // MICROSECOND  # noqa: DTZ901
LAST_US = (datetime.max - EPOCH) // MICROSECOND  # noqa: DTZ901

_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)


def parse_rfc3339(text: str) -> int:
    """Microseconds since 1970; digits beyond the sixth are dropped.

    Raises:
        ValueError: not RFC 3339 with a zone, no such day or hour, a leap second, or a year outside 1 to 9999 in UTC.

    >>> parse_rfc3339("1970-01-01T01:00:00.5+01:00")
    500000
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError("is not an RFC 3339 date and time with a zone")
    year, month, day, hour, minute, second, fraction, sign, off_hours, off_minutes = match.groups()
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), micros)  # noqa: DTZ001
        return (local - _offset(sign, off_hours, off_minutes) - EPOCH) // MICROSECOND
    except (ValueError, OverflowError):
        raise ValueError("names a day, hour or second that does not exist, or a year outside 1 to 9999") from None


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return -offset if sign == "-" else offset


def to_rfc3339(us: int) -> str:
    """The same moment in UTC, with as many digits as it needs: none, or six.

    Raises:
        OverflowError: outside the years 1 to 9999.

    >>> to_rfc3339(500000)
    '1970-01-01T00:00:00.500000Z'
    """
    return (EPOCH + us * MICROSECOND).isoformat() + "Z"


def clamped(us: int) -> int:
    """The nearest moment that can be written: a broker's timestamp may be any 64-bit number."""
    return min(max(us, FIRST_US), LAST_US)
