"""The errors of this program.

NewswireError
├── SettingsError        a setting is wrong: names it, its value and what to do; exit status 2
├── ServerError          a server is not there or not fit: names it and the remedy; exit status 3
├── DeadLetterError      a record cannot be understood: carries a reason code of the closed list
├── OwnershipLost        the partition is no longer ours: forget the batch, nothing of it is committed
├── RecordsMissing       raw records were never seen: the worker must not commit past them, and ends
└── TooManyBad           too large a share of recent records is bad: the worker ends with a status of its own
"""

from typing import get_args

from workers.outcome import DeadLetterReason

STATUS_TOO_MANY_BAD = 5


class NewswireError(Exception):
    """Base of all errors that this program raises on purpose; the message is for the person who reads it."""


class SettingsError(NewswireError):
    """A setting has a value that cannot be used."""


class ServerError(NewswireError):
    """Kafka or Redis cannot be reached, or is set up in a way that would lose articles."""


class OwnershipLost(NewswireError):
    """The source partition moves to another worker, or this worker stops."""


class RecordsMissing(NewswireError):
    """Raw records between two that were read were never seen: the worker must not commit past them."""


class TooManyBad(NewswireError):
    """Too large a share of a partition's recent records would be dead letters; nothing of the batch was written."""


class DeadLetterError(NewswireError):
    """A raw record that cannot be understood.

    Attributes:
        reason: the code for the header `dlq-reason`.
    """

    def __init__(self, reason: DeadLetterReason, message: str) -> None:
        if reason not in get_args(DeadLetterReason):
            raise ValueError(f"{reason!r} is not in the closed list of dead-letter reasons")
        super().__init__(message)
        self.reason: DeadLetterReason = reason


def status_after(crash: BaseException | None) -> int:
    """The exit status of a worker that was brought down by this error.

    >>> status_after(TooManyBad()), status_after(ZeroDivisionError()), status_after(None)
    (5, 1, 0)
    """
    if crash is None:
        return 0
    return STATUS_TOO_MANY_BAD if isinstance(crash, TooManyBad) else 1
