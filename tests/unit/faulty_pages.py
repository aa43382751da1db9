"""A process that reads pages with a parser that is out of order: what the page says decides how. Started by test_page_pool.py."""

import ctypes
import os
import sys
import time

from workers import page_process
from workers.cleaning import page

DRAWN: list[bytes] = []


def faulty_read_page(markup: str) -> page.Page:
    if "SPIN" in markup:
        while True:
            pass
    elif "SLEEP" in markup:
        time.sleep(60)
    elif "EXIT" in markup:
        os._exit(3)
    elif "SEGFAULT" in markup:
        ctypes.string_at(0)
    elif "EAT" in markup:
        while True:
            DRAWN.append(b"x" * (8 << 20))
    elif "RAISE" in markup:
        raise ZeroDivisionError("a bug")
    return page.read_page(markup)


setattr(page_process, "read_page", faulty_read_page)  # noqa: B010 - it is not exported, and that is right
sys.exit(page_process.main(float(sys.argv[1]), int(sys.argv[2])))
