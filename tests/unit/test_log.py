"""Libraries do not flood the log."""

import logging

from workers.log import Seldom


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
