"""How Kafka's clients are let in: one set of options for aiokafka and kafka-python, and the same for Faust."""

import ssl
from pathlib import Path
from typing import Any

from workers.errors import SettingsError
from workers.settings import Settings


def kafka_options(settings: Settings) -> dict[str, Any]:
    """Protocol, TLS, user and password, by the names that aiokafka and kafka-python share.

    Raises:
        SettingsError: a certificate or key cannot be used.
    """
    options: dict[str, Any] = {"security_protocol": settings.kafka_security_protocol}
    if settings.kafka_security_protocol.endswith("SSL"):
        options["ssl_context"] = tls_context(settings)
    if settings.kafka_security_protocol.startswith("SASL"):
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.secret("kafka_password"),
        }
    return options


def tls_context(settings: Settings) -> ssl.SSLContext:
    """TLS 1.2 or later; brokers have to show a certificate of their name that our authorities vouch for.

    Raises:
        SettingsError: names the file that cannot be used.
    """
    authorities = settings.kafka_ca_file
    try:
        context = ssl.create_default_context(cafile=authorities)
    except (OSError, ssl.SSLError) as e:
        raise SettingsError(
            f"setting NEWSWIRE_KAFKA_CA_FILE={authorities}: no certificates in PEM there: {e}"
        ) from None
    if settings.kafka_cert_file:
        _show_own(context, settings.kafka_cert_file, settings)
    return context


def _show_own(context: ssl.SSLContext, certificate: Path, settings: Settings) -> None:
    key, password = settings.kafka_key_file, settings.secret("kafka_key_password")
    try:
        # With no password an encrypted key must fail, not ask for one on the terminal.
        context.load_cert_chain(certificate, key, password or "")
    except (OSError, ssl.SSLError) as e:
        raise SettingsError(
            f"settings NEWSWIRE_KAFKA_CERT_FILE={certificate}, NEWSWIRE_KAFKA_KEY_FILE={key or certificate}: no certificate in PEM "
            f"with its key, or another NEWSWIRE_KAFKA_KEY_PASSWORD: {e}"
        ) from None
