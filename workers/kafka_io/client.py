"""What every client has in common: how it reaches the brokers, and what becomes of its errors."""

import contextlib
from collections.abc import Iterator
from typing import Any

from kafka.errors import BrokerResponseError, KafkaError, MessageSizeTooLargeError

from workers.errors import ServerError
from workers.kafka_io.reachable import wait_until_reachable
from workers.settings import Settings

CONNECT_TIMEOUT_MS = 10_000


class RecordRefusedError(ServerError):
    """One record cannot be sent; the next one may."""


def client_options(settings: Settings) -> dict[str, Any]:
    """What every client needs to reach the brokers; the one place for addresses and, later, credentials."""
    wait_until_reachable(settings.kafka_bootstrap.split(","), CONNECT_TIMEOUT_MS / 1000)
    return {
        "bootstrap_servers": settings.kafka_bootstrap.split(","),
        "client_id": f"newswire-{settings.group}",
        "bootstrap_timeout_ms": CONNECT_TIMEOUT_MS,
    }


@contextlib.contextmanager
def server_errors(settings: Settings, what: str) -> Iterator[None]:
    try:
        yield
    except MessageSizeTooLargeError as e:
        raise RecordRefusedError(f"too large: {e}") from e
    except BrokerResponseError as e:
        raise ServerError(f"cannot {what}: Kafka at {settings.kafka_bootstrap} refuses: {e}") from e
    except (KafkaError, OSError) as e:
        remedy = "check that Kafka runs there (`make up` starts one) and that KAFKA_BOOTSTRAP names it"
        raise ServerError(f"cannot {what}: Kafka at KAFKA_BOOTSTRAP={settings.kafka_bootstrap}: {e}; {remedy}") from e
