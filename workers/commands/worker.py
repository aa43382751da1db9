"""`newswire worker`: one worker, until it is told to stop."""

import asyncio
import sys
from datetime import UTC, datetime
from urllib.parse import urlsplit

import structlog

from workers import __version__, log, settings
from workers.errors import ServerError, status_after
from workers.settings import Settings


def run() -> int:
    """Checks what it needs, then works until SIGTERM or SIGINT.

    Raises:
        SettingsError: a setting is wrong.
        ServerError: Kafka or Redis is not there, topics are missing, or other versions are in the way (workers/formats.py).
    """
    config = settings.load()
    log.set_up(config)
    asyncio.run(_check(config))
    from workers.agents import make_app
    from workers.metrics import Metrics

    app = make_app(config, Metrics(config.metrics_sources))
    structlog.get_logger("newswire.worker").info(
        "worker starts",
        version=__version__,
        kafka=config.kafka_bootstrap,
        group=config.group,
        web=urlsplit(config.web_url).netloc,
    )
    worker = app.Worker(loglevel=config.log_level.upper(), quiet=True, redirect_stdouts=False, override_logging=False)
    app.watchdog.start()
    worker.spinner = None  # its escape codes would stand in the log
    try:
        worker.execute_from_commandline()
    finally:
        if app.crash_reason is not None:
            sys.exit(status_after(app.crash_reason))


async def _check(config: Settings) -> None:
    from workers.claims import RedisIndex
    from workers.formats import refusal_beside
    from workers.kafka_io import members, unfit_topics
    from workers.signature import SIGNATURE_VERSION

    index = RedisIndex(config)
    try:
        await index.check()
        for found in await index.found():
            structlog.get_logger("newswire.index").info(
                "window found"
                if found.signature == SIGNATURE_VERSION
                else "window of another signature, which is not read",
                index=config.index,
                signature=found.signature,
                since=datetime.fromtimestamp(found.from_s, UTC).isoformat(),
                documents=found.documents,
            )
    finally:
        await index.close()
    if problem := refusal_beside(await asyncio.to_thread(members, config), config.group):
        raise ServerError(problem)
    problems = await asyncio.to_thread(unfit_topics, config)
    if problems:
        raise ServerError(f"Kafka at {config.kafka_bootstrap}: {'; '.join(problems)}")


if __name__ == "__main__":
    sys.exit(run())
