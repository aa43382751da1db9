"""What to do when Kafka or Redis is there and refuses: the setting to look at, or the right that is missing.

Errors are known by the names of their classes, so that aiokafka's, kafka-python's and redis' are told alike, also where one
stands behind another as its cause.
"""

import ssl
from collections.abc import Iterator

from workers.settings import Settings

RIGHTS = "docs/SECURITY.md lists the rights that each role needs"
_NO_PERMISSION = ("NoPermissionError", "can't run this command", "ACL failure in script", "NOPERM")


def remedy(error: BaseException, settings: Settings) -> str | None:
    """One clause for the person who can mend it; None where nobody has refused anything."""
    causes = list(_causes(error))
    of_redis = any(type(cause).__module__.startswith("redis") for cause in causes)
    told = (_of_redis(cause, settings) if of_redis else _of_kafka(cause, settings) for cause in causes)
    return next(filter(None, told), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        yield now
        now = now.__cause__ or now.__context__


def _of_kafka(error: BaseException, settings: Settings) -> str | None:
    name, user = type(error).__name__, settings.kafka_user
    if name.startswith("SaslAuthenticationFailed"):
        return (
            f"Kafka does not let {user} in: check NEWSWIRE_KAFKA_USERNAME and NEWSWIRE_KAFKA_PASSWORD (or its file), and that the "
            f"broker knows the user for NEWSWIRE_KAFKA_SASL_MECHANISM={settings.kafka_sasl_mechanism}"
        )
    if name.startswith("UnsupportedSaslMechanism"):
        return f"the broker takes other mechanisms than NEWSWIRE_KAFKA_SASL_MECHANISM={settings.kafka_sasl_mechanism}"
    if "AuthorizationFailed" in name:
        return f"Kafka does not allow this to {user}: an administrator has to grant it; {RIGHTS}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the broker's certificate is not trusted ({error}): NEWSWIRE_KAFKA_CA_FILE has to hold the authority that "
            "signed it, and KAFKA_BOOTSTRAP a name that stands in it"
        )
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):  # that is a server that went away
        return _of_handshake(str(error), settings)
    return None


def _of_handshake(text: str, settings: Settings) -> str:
    if "CERTIFICATE" in text or "certificate" in text:
        return f"the broker does not take our certificate: check NEWSWIRE_KAFKA_CERT_FILE={settings.kafka_cert_file or ''} and who signed it"
    return f"no TLS came about with NEWSWIRE_KAFKA_SECURITY_PROTOCOL={settings.kafka_security_protocol}: is that what this port speaks?"


def _of_redis(error: BaseException, settings: Settings) -> str | None:
    text, user = str(error), settings.redis_username or "of REDIS_URL"
    if any(sign in type(error).__name__ or sign in text for sign in _NO_PERMISSION):
        return f"Redis does not allow this to user {user}: an administrator has to grant it; {RIGHTS}"
    if type(error).__name__.startswith("Authentication") or "NOAUTH" in text or "WRONGPASS" in text:
        return (
            f"Redis does not let user {user} in: check NEWSWIRE_REDIS_USERNAME and NEWSWIRE_REDIS_PASSWORD (or its file), or what "
            "REDIS_URL has of them"
        )
    if "CERTIFICATE_VERIFY_FAILED" in text or "certificate verify failed" in text:
        return (
            "the certificate of Redis is not trusted: NEWSWIRE_REDIS_CA_FILE has to hold the authority that signed it, and "
            "REDIS_URL a name that stands in it"
        )
    if "alert" in text.lower() and "certificate" in text.lower():
        return f"Redis does not take our certificate: check NEWSWIRE_REDIS_CERT_FILE={settings.redis_cert_file or ''} and who signed it"
    if "SSL" in text and "EOF" not in text:
        return "no TLS came about with Redis: write REDIS_URL with rediss:// only where that port speaks TLS"
    return None
