"""A worker that dies between what it has written and its commit, as soon as a file is there; for test_learned_lines.py.

With SIGKILL: nothing is closed or ended. The file goes with it, so that the next life lives on.
"""

import os
import signal
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer

from workers.commands import worker

MARK = Path(os.environ["DIES_WHEN_THERE"])
commit = AIOKafkaProducer.commit_transaction


def die_if_told() -> None:
    """Delivery has waited for the brokers to take every record by now."""
    if MARK.exists():
        MARK.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


async def commit_or_die(self: AIOKafkaProducer) -> None:
    die_if_told()
    await commit(self)


setattr(AIOKafkaProducer, "commit_transaction", commit_or_die)  # noqa: B010 - the class's own method, on purpose
sys.exit(worker.run())
