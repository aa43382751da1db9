"""What every client has in common: how it reaches the brokers, and what becomes of its errors."""

import contextlib
from collections.abc import Iterator
from typing import Any

from kafka.errors import BrokerResponseError, KafkaError, MessageSizeTooLargeError

from workers.errors import ServerError
from workers.kafka_io.reachable import wait_until_reachable
from workers.refusals import remedy
from workers.settings import Settings
from workers.wires import kafka_options

CONNECT_TIMEOUT_MS = 10_000


class RecordRefusedError(ServerError):
    """One record cannot be sent; the next one may."""


def client_options(settings: Settings) -> dict[str, Any]:
    """What every client needs to reach the brokers and to be let in; the one place for it."""
    access = kafka_options(settings)
    addresses = settings.kafka_bootstrap.split(",")
    wait_until_reachable(addresses, CONNECT_TIMEOUT_MS / 1000, access.get("ssl_context"))
    return {
        "bootstrap_servers": addresses,
        "client_id": f"newswire-{settings.group}",
        "bootstrap_timeout_ms": CONNECT_TIMEOUT_MS,
        **access,
    }


@contextlib.contextmanager
def server_errors(settings: Settings, what: str) -> Iterator[None]:
    try:
        yield
    except MessageSizeTooLargeError as e:
        raise RecordRefusedError(f"too large: {e}") from e
    except (KafkaError, OSError) as e:
        raise ServerError(_told(settings, what, e)) from e


def _told(settings: Settings, what: str, error: Exception) -> str:
    if refused := remedy(error, settings):
        return f"cannot {what} at KAFKA_BOOTSTRAP={settings.kafka_bootstrap}: {error}; {refused}"
    if isinstance(error, BrokerResponseError):
        return f"cannot {what}: Kafka at {settings.kafka_bootstrap} refuses: {error}"
    todo = (
        "check that Kafka runs there (`make up` starts one), that KAFKA_BOOTSTRAP names it, and that it speaks "
        f"NEWSWIRE_KAFKA_SECURITY_PROTOCOL={settings.kafka_security_protocol}"
    )
    if settings.kafka_security_protocol.startswith(
        "SASL"
    ):  # kafka-python may miss the broker's answer to a wrong password
        todo += f", and that {settings.kafka_user} is known there by NEWSWIRE_KAFKA_PASSWORD (or its file)"
    return f"cannot {what}: Kafka at KAFKA_BOOTSTRAP={settings.kafka_bootstrap}: {error}; {todo}"
