"""Logs: one JSON line an event, or colours on a terminal. Fixed event names; uri and origin, never a body."""

import io
import json
import logging
import sys
import time
from typing import Any, TextIO

import structlog

from workers.refusals import remedy
from workers.settings import Settings
from workers.terminal import plain_lines

_NOISY = {
    "aiokafka": logging.ERROR,  # of which `Refused` lets little through
    "aiokafka.cluster": logging.CRITICAL,  # what it reports is retried and told once by delivery
    "aiokafka.conn": logging.CRITICAL,
    "aiokafka.consumer": logging.CRITICAL,
    "aiokafka.producer": logging.CRITICAL,
    "aiokafka.consumer.group_coordinator": logging.ERROR,
    "faust": logging.WARNING,
    "kafka": logging.ERROR,
    "workers.agents": logging.WARNING,  # the services of Faust, which log under the file of their class
    "mode": logging.WARNING,
    "trafilatura": logging.CRITICAL,
    "htmldate": logging.CRITICAL,
    "courlan": logging.CRITICAL,
    "aiohttp.access": logging.WARNING,
}


SELDOM_S = 600.0
STARS = "********"


class Seldom(logging.Filter):
    """Lets what libraries say of one kind through once in ten minutes: they repeat it ten times a second in an outage."""

    def __init__(self) -> None:
        super().__init__()
        self._said_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info or not record.name.startswith(tuple(_NOISY)):
            return True  # a traceback is never a repetition
        kind, now = (record.name, str(record.msg)[:80]), time.monotonic()
        if now - self._said_at.get(kind, float("-inf")) < SELDOM_S:
            return False
        self._said_at[kind] = now
        return True


class Refused(logging.Filter):
    """Lets through what aiokafka says of a broker that is there and refuses the connection: delivery only learns that there
    is none.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    def filter(self, record: logging.LogRecord) -> bool:
        if hasattr(record, "remedy"):  # a filter before this one has told it
            return True
        errors = [a for a in record.args if isinstance(a, BaseException)] if isinstance(record.args, tuple) else []
        todo = next(filter(None, (remedy(error, self._settings) for error in errors)), None)
        if todo:
            record.msg, record.args, record.remedy = f"{record.getMessage()}; {todo}", None, todo
        return bool(todo)


def set_up(settings: Settings) -> None:
    """Sends this program's and its libraries' logs to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Discreet(settings, shared))
    if settings.log_level != "debug":
        handler.addFilter(Seldom())
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    if settings.log_level != "debug":
        for name, level in _NOISY.items():
            logging.getLogger(name).setLevel(level)
        logging.getLogger("aiokafka").addFilter(Refused(settings))
    else:  # kafka-python writes out its configuration and every request, that of the password too
        logging.getLogger("kafka").setLevel(logging.INFO)


class Discreet(structlog.stdlib.ProcessorFormatter):
    """Puts stars in the place of every secret, whoever may have logged it: libraries tell their configuration."""

    def __init__(self, settings: Settings, shared: list[structlog.typing.Processor]) -> None:
        super().__init__(foreign_pre_chain=shared, processors=_renderers(settings))
        secrets = settings.secrets()
        self._hidden = sorted({*secrets, *(json.dumps(s)[1:-1] for s in secrets)}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._hidden:
            text = text.replace(secret, STARS)
        return text


def _renderers(settings: Settings) -> list[structlog.typing.Processor]:
    console = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    first = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if console:
        return [first, _plain_values, structlog.dev.ConsoleRenderer(exception_formatter=_plain_traceback)]
    return [first, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _plain_values(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Text from outside may stand in a message of a library too."""
    return {name: plain_lines(value) if isinstance(value, str) else value for name, value in event.items()}


def _plain_traceback(out: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    """Without the values of variables, which may be articles and passwords."""
    written = io.StringIO()
    structlog.dev.plain_traceback(written, exc_info)
    out.write(plain_lines(written.getvalue()))
