"""A worker with a bug put in: a body that says RAISE makes cleaning raise, one that says CRASH ends the process.

Started by test_bugs.py as a process of its own; the product has no switch for this.
"""

import os
import sys
from typing import Any

from workers import prepare
from workers.commands import worker
from workers.outcome import CleanText

_clean = prepare.clean


def faulty_clean(article: Any, settings: Any) -> CleanText:
    if "RAISE" in article.body:
        raise ZeroDivisionError("a bug")
    if "CRASH" in article.body:
        os._exit(139)
    return _clean(article, settings)


prepare.clean = faulty_clean
sys.exit(worker.run())
