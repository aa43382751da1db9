"""Libraries do not flood the log."""

import logging
import ssl

from workers.log import Refused, Seldom
from workers.settings import load


def record(name: str, text: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "file", 1, text, arguments, None)


def test_a_library_says_the_same_once() -> None:
    seldom, said = Seldom(), "Request failed: %s"
    assert seldom.filter(record("aiokafka.consumer", said, 1))
    assert not seldom.filter(record("aiokafka.consumer", said, 2))
    assert seldom.filter(record("aiokafka.consumer", "Another thing"))


def test_what_this_program_says_is_all_let_through() -> None:
    seldom = Seldom()
    assert all(seldom.filter(record("newswire.delivery", "waiting")) for _ in range(3))


def test_a_refusal_is_told_once_by_two_filters() -> None:
    """Where logging is set up twice in a process, the second filter lets through what the first has told, unchanged."""
    record = logging.LogRecord(
        "aiokafka", logging.ERROR, __file__, 1, "no: %s", (ssl.SSLError("certificate unknown"),), None
    )
    first, second = Refused(load()), Refused(load())
    assert first.filter(record)
    told = record.getMessage()
    assert "NEWSWIRE_KAFKA_CERT_FILE" in told
    assert second.filter(record)
    assert record.getMessage() == told
