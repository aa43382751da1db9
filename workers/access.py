"""Settings of who this program is to Kafka and Redis, and whom it trusts: user, password, certificates.

Law: a password is a `SecretStr` or stands in a file; neither is ever part of a message, a log or a page. What would be
left unused, such as a password for a connection without one, is an error: somebody believes to be safer than he is.
"""

import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]

SECRETS = ("kafka_password", "kafka_key_password", "redis_password", "redis_sentinel_password")
"""Each has a second setting, with `_file` behind its name."""
_PASSWORDS_IN_URL = re.compile(r"://[^:/@]*:(.*)@|[?&](?:sentinel_)?password=([^&]*)")
_KAFKA_TLS = ("kafka_ca_file", "kafka_cert_file", "kafka_key_file")
_REDIS_TLS = ("redis_ca_file", "redis_cert_file", "redis_key_file")
_UNSET_WHEN_EMPTY = (
    "kafka_username", "redis_username", *_KAFKA_TLS, *_REDIS_TLS, *SECRETS, *(f"{name}_file" for name in SECRETS)
)  # fmt: skip


OPEN = {"NEWSWIRE_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"} | {
    f"NEWSWIRE_{name.upper()}": "" for name in _UNSET_WHEN_EMPTY
}
"""Variables for servers of one's own on loopback, which know no users, whatever else is set."""


class AccessSettings(BaseSettings):
    """The part of `Settings` that is about rights and secrets."""

    kafka_security_protocol: SecurityProtocol = Field(
        "PLAINTEXT",
        description="how Kafka is spoken to; SASL_SSL: TLS and a password, SSL: TLS, and a certificate if one is given",
    )
    kafka_sasl_mechanism: SaslMechanism = Field("SCRAM-SHA-512", description="how the password is shown to Kafka")
    kafka_username: str | None = Field(None, description="user of Kafka, with SASL")
    kafka_password: SecretStr | None = Field(None, description="its password")
    kafka_password_file: Path | None = Field(None, description="a file that holds the password instead")
    kafka_ca_file: Path | None = Field(
        None, description="certificates (PEM) of those who may vouch for Kafka's brokers; unset: whom the system trusts"
    )
    kafka_cert_file: Path | None = Field(None, description="this client's own certificate (PEM), for mutual TLS")
    kafka_key_file: Path | None = Field(None, description="its key (PEM); unset: it stands in the certificate's file")
    kafka_key_password: SecretStr | None = Field(None, description="what the key is encrypted with")
    kafka_key_password_file: Path | None = Field(None, description="a file that holds the key's password instead")
    redis_username: str | None = Field(None, description="user of Redis, unless REDIS_URL names it")
    redis_password: SecretStr | None = Field(None, description="password of Redis, unless it stands in REDIS_URL")
    redis_password_file: Path | None = Field(None, description="a file that holds the password instead")
    redis_sentinel_password: SecretStr | None = Field(
        None,
        description="password of the sentinels; their user is sentinel_username behind the question mark of REDIS_URL",
    )
    redis_sentinel_password_file: Path | None = Field(
        None, description="a file that holds the sentinels' password instead"
    )
    redis_ca_file: Path | None = Field(
        None,
        description="certificates (PEM) of those who may vouch for Redis, with rediss://; unset: whom the system trusts",
    )
    redis_cert_file: Path | None = Field(None, description="this client's own certificate (PEM) for Redis")
    redis_key_file: Path | None = Field(None, description="its key (PEM)")

    @field_validator(*_UNSET_WHEN_EMPTY, mode="before")
    @classmethod
    def _unset_when_empty(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _access_fits_together(self) -> Self:
        for name in SECRETS:
            self.secret(name)
        self._check_kafka()
        self._check_redis()
        return self

    def secret(self, name: str) -> str | None:
        """A secret, given itself or read from its file now.

        Raises:
            ValueError: both are given, or the file cannot be used.
        """
        given, file = getattr(self, name), getattr(self, f"{name}_file")
        if file is None:
            return given.get_secret_value() if given else None
        if given:
            raise ValueError(f"{_variable(name)} and {_variable(name)}_FILE are both set: leave one of them")
        try:
            text: str = file.read_text().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as e:
            reason = e.strerror if isinstance(e, OSError) else "it is no text"
            raise ValueError(f"{_variable(name)}_FILE={file} cannot be read: {reason}") from None
        if not text:
            raise ValueError(f"{_variable(name)}_FILE={file} is empty")
        return text

    def secrets(self) -> set[str]:
        """Every secret there is, also those in REDIS_URL as they stand there and as they are meant."""
        found = {self.secret(name) or "" for name in SECRETS}
        for words in _PASSWORDS_IN_URL.findall(self.redis_url):  # type: ignore[attr-defined]
            found |= {word for password in words for word in (password, unquote(password))}
        return found - {""}

    @property
    def kafka_user(self) -> str:
        """Who we are to Kafka, for messages."""
        if self.kafka_username:
            return f"user {self.kafka_username}"
        return f"the owner of {self.kafka_cert_file}" if self.kafka_cert_file else "a client without a name"

    def _check_kafka(self) -> None:
        protocol = self.kafka_security_protocol
        if protocol.startswith("SASL") and not (self.kafka_username and self.secret("kafka_password")):
            raise ValueError(
                f"NEWSWIRE_KAFKA_SECURITY_PROTOCOL={protocol} asks for NEWSWIRE_KAFKA_USERNAME and NEWSWIRE_KAFKA_PASSWORD "
                "or NEWSWIRE_KAFKA_PASSWORD_FILE"
            )
        if not protocol.startswith("SASL") and (self.kafka_username or self.secret("kafka_password")):
            raise ValueError(
                f"NEWSWIRE_KAFKA_SECURITY_PROTOCOL={protocol} uses no user and no password, but one is set: SASL_SSL does"
            )
        if protocol == "SASL_PLAINTEXT" and self.kafka_sasl_mechanism == "PLAIN":
            raise ValueError(
                "the password would go over the wire as it is: set NEWSWIRE_KAFKA_SECURITY_PROTOCOL=SASL_SSL"
            )
        if given := _unused(self, _KAFKA_TLS, in_use=protocol.endswith("SSL")):
            raise ValueError(f"NEWSWIRE_KAFKA_SECURITY_PROTOCOL={protocol} uses no TLS, but {given} is set")
        if self.kafka_key_file and not self.kafka_cert_file:
            raise ValueError("NEWSWIRE_KAFKA_KEY_FILE is set without NEWSWIRE_KAFKA_CERT_FILE")

    def _check_redis(self) -> None:
        try:
            url = urlsplit(self.redis_url)  # type: ignore[attr-defined]
            has_user, scheme = "@" in url.netloc, url.scheme
        except ValueError:
            return  # workers/redis_io.py says what is wrong with it
        if given := _unused(self, _REDIS_TLS, in_use=scheme.startswith("rediss")):
            raise ValueError(f"REDIS_URL uses no TLS, but {given} is set: write rediss:// instead of redis://")
        if self.redis_key_file and not self.redis_cert_file:
            raise ValueError("NEWSWIRE_REDIS_KEY_FILE is set without NEWSWIRE_REDIS_CERT_FILE")
        if has_user and (self.redis_username or self.secret("redis_password")):
            raise ValueError("REDIS_URL names a user or a password, and NEWSWIRE_REDIS_... does too: leave one of them")
        if self.redis_username and not self.secret("redis_password"):
            raise ValueError("NEWSWIRE_REDIS_USERNAME asks for NEWSWIRE_REDIS_PASSWORD or NEWSWIRE_REDIS_PASSWORD_FILE")


def _variable(name: str) -> str:
    return f"NEWSWIRE_{name.upper()}"


def _unused(settings: AccessSettings, names: tuple[str, ...], *, in_use: bool) -> str:
    """The first of these settings that is set although nothing uses it."""
    return "" if in_use else next((_variable(name) for name in names if getattr(settings, name)), "")
