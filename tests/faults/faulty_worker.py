"""A worker with a bug put in: a body that says RAISE makes cleaning raise, one that says CRASH ends the process,
and one that says HANG never comes to its end.

Started by test_bugs.py as a process of its own; the product has no switch for this.
"""

import os
import sys
import time
from typing import Any

from workers import prepare
from workers.article import RawArticle
from workers.cleaning import clean
from workers.commands import worker
from workers.outcome import CleanText


def faulty_clean(article: RawArticle, *others: Any) -> CleanText:
    if "RAISE" in article.body:
        raise ZeroDivisionError("a bug")
    if "CRASH" in article.body:
        os._exit(139)
    while "HANG" in article.body:
        time.sleep(0.1)
    return clean(article, *others)


setattr(prepare, "clean", faulty_clean)  # noqa: B010 - it is not exported, and that is right
sys.exit(worker.run())
