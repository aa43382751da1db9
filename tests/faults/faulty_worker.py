"""A worker with a bug put in: a body that says RAISE makes cleaning raise, one that says CRASH ends the process.

Started by test_bugs.py as a process of its own; the product has no switch for this.
"""

import os
import sys

from workers import prepare
from workers.article import RawArticle
from workers.cleaning import CleaningSettings, clean
from workers.commands import worker
from workers.outcome import CleanText


def faulty_clean(article: RawArticle, settings: CleaningSettings) -> CleanText:
    if "RAISE" in article.body:
        raise ZeroDivisionError("a bug")
    if "CRASH" in article.body:
        os._exit(139)
    return clean(article, settings)


setattr(prepare, "clean", faulty_clean)  # noqa: B010 - it is not exported, and that is right
sys.exit(worker.run())
