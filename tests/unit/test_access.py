"""Who the program is to Kafka and Redis: what is refused before anything is connected, and that no secret is told."""

import logging
import ssl
import traceback
from pathlib import Path

import pytest
from redis import exceptions as redis_errors

from workers import log
from workers import settings as settings_module
from workers.errors import SettingsError
from workers.local.stack import LocalStack
from workers.redis_io import connect, shown
from workers.refusals import remedy
from workers.settings import load

SECRET = "hush-hush"
SASL = {"kafka_security_protocol": "SASL_SSL", "kafka_username": "desk"}


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    return file


def test_a_password_comes_from_a_setting_or_a_file(secret_file: Path) -> None:
    """Of a file's text the end of the line is no part of it."""
    for given in ({"kafka_password": SECRET}, {"kafka_password_file": secret_file}):
        assert load(**SASL, **given).secret("kafka_password") == SECRET


def test_a_file_is_named_in_the_environment(secret_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_REDIS_USERNAME", "desk")
    monkeypatch.setenv("NEWSWIRE_REDIS_PASSWORD_FILE", str(secret_file))
    kwargs = connect(load()).connection_pool.connection_kwargs
    assert (kwargs["username"], kwargs["password"]) == ("desk", SECRET)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({**SASL}, "NEWSWIRE_KAFKA_PASSWORD_FILE"),
        ({**SASL, "kafka_password": SECRET, "kafka_password_file": "/dev/null"}, "both set"),
        ({**SASL, "kafka_password_file": "/nowhere"}, "NEWSWIRE_KAFKA_PASSWORD_FILE=/nowhere cannot be read"),
        ({**SASL, "kafka_password_file": "/dev/null"}, "is empty"),
        ({"kafka_username": "desk", "kafka_password": SECRET}, "SASL_SSL does"),
        ({"kafka_security_protocol": "SSL", "kafka_password": SECRET}, "SASL_SSL does"),
        ({"kafka_ca_file": "/ca.pem"}, "NEWSWIRE_KAFKA_CA_FILE"),
        ({"kafka_security_protocol": "SSL", "kafka_key_file": "/key.pem"}, "NEWSWIRE_KAFKA_CERT_FILE"),
        (
            {
                **SASL,
                "kafka_security_protocol": "SASL_PLAINTEXT",
                "kafka_sasl_mechanism": "PLAIN",
                "kafka_password": SECRET,
            },
            "SASL_SSL",
        ),
        ({"kafka_security_protocol": "TLS"}, "NEWSWIRE_KAFKA_SECURITY_PROTOCOL"),
        ({"redis_ca_file": "/ca.pem"}, "rediss://"),
        ({"redis_url": "rediss://host", "redis_key_file": "/key.pem"}, "NEWSWIRE_REDIS_CERT_FILE"),
        ({"redis_url": f"redis://:{SECRET}@host", "redis_password": SECRET}, "leave one of them"),
        ({"redis_username": "desk"}, "NEWSWIRE_REDIS_PASSWORD"),
    ],
)
def test_what_does_not_fit_together(given: dict[str, str], told: str) -> None:
    """Above all what would be left unused: somebody believes to be safer than he is."""
    with pytest.raises(SettingsError) as error:
        load(**given)
    assert told in str(error.value)
    assert SECRET not in str(error.value)


def test_an_empty_variable_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """As docker compose passes on what is not set."""
    monkeypatch.setenv("NEWSWIRE_KAFKA_CA_FILE", "")
    monkeypatch.setenv("NEWSWIRE_KAFKA_USERNAME", "")
    assert (load().kafka_ca_file, load().kafka_username) == (None, None)


@pytest.mark.parametrize("name", ["redis_ca_file", "redis_cert_file"])
def test_tls_options_reach_every_kind_of_client(name: str) -> None:
    option = {"redis_ca_file": "ssl_ca_certs", "redis_cert_file": "ssl_certfile"}[name]
    for scheme, path in (("rediss", "/0"), ("rediss+sentinel", "/wire/0"), ("rediss+cluster", "")):
        client = connect(load(redis_url=f"{scheme}://one:1{path}", **{name: "/a.pem"}))
        pool = getattr(client, "connection_pool", None)
        held = [pool.connection_kwargs] if pool else [client.nodes_manager.connection_kwargs]
        held += [
            s.connection_pool.connection_kwargs
            for s in getattr(getattr(pool, "sentinel_manager", None), "sentinels", ())
        ]
        assert all(kwargs[option] == "/a.pem" for kwargs in held)


def test_sentinels_have_a_password_of_their_own(secret_file: Path) -> None:
    client = connect(
        load(redis_url="redis+sentinel://one/wire", redis_password="r", redis_sentinel_password_file=secret_file)
    )
    pool = client.connection_pool
    assert pool.connection_kwargs["password"] == "r"
    assert pool.sentinel_manager.sentinels[0].connection_pool.connection_kwargs["password"] == SECRET


def test_settings_show_no_secret(secret_file: Path) -> None:
    held = load(**SASL, kafka_password=SECRET, redis_url=f"rediss://desk:{SECRET}@host", kafka_key_password=SECRET)
    assert SECRET not in f"{held!r} {held} {held.kafka_password}"


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{SECRET}@host:1/0",
        f"redis://:{SECRET}/x@host:1/0",
        f"redis://:{SECRET}?x@host:1/0",
        f"redis://:{SECRET}#x@host:1/0",
        f"redis://:x@{SECRET}@host:1/0",
        f"redis://:x/{SECRET}@host:1/0",
        f"redis://:x?{SECRET}@host:1/0",
        f"redis://:x#{SECRET}@host:1/0",
        f"redis://:x://{SECRET}@host:1/0",
        f":{SECRET}@host:1",
        f"redis://host/0?password={SECRET}",
        f"redis://host/0?password=x@{SECRET}",
        f"redis://host:1{SECRET}",
        f"redis+sentinel://:{SECRET}:x@one:1",
        f"redis+cluster://:{SECRET}/@one:1",
        f"redis://[{SECRET}@host",
    ],
)
def test_no_part_of_a_password_in_a_url_is_shown(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However badly it is written; that of a port that is none is shown, for it is no password."""
    if "@" in url or "password" in url:
        assert SECRET not in shown(url)
    monkeypatch.setenv("REDIS_URL", url)
    told = ""
    try:
        connect(settings_module.load())
    except SettingsError as e:
        told = "".join(traceback.format_exception(e))
    if told:
        assert "setting REDIS_URL=" in told
        assert SECRET not in told or url == f"redis://host:1{SECRET}"


def test_every_refusal_names_its_setting() -> None:
    settings = load(**SASL, kafka_password=SECRET, redis_username="desk", redis_password=SECRET)

    class SaslAuthenticationFailedError(Exception):
        """As both libraries name it, roughly."""

    class GroupAuthorizationFailedError(Exception):
        pass

    expected = {
        SaslAuthenticationFailedError(): "NEWSWIRE_KAFKA_PASSWORD",
        GroupAuthorizationFailedError(): "user desk",
        ssl.SSLError(1, "tlsv13 alert certificate required"): "NEWSWIRE_KAFKA_CERT_FILE",
        ssl.SSLError(1, "wrong version number"): "NEWSWIRE_KAFKA_SECURITY_PROTOCOL",
        redis_errors.NoPermissionError("no permissions to run the 'evalsha' command"): "user desk",
        redis_errors.AuthenticationError("WRONGPASS"): "NEWSWIRE_REDIS_PASSWORD",
        redis_errors.ConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED]"): "NEWSWIRE_REDIS_CA_FILE",
        redis_errors.ConnectionError("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED]"): "NEWSWIRE_REDIS_CERT_FILE",
        redis_errors.ConnectionError("[SSL: WRONG_VERSION_NUMBER]"): "rediss://",
    }
    for error, setting in expected.items():
        assert setting in (remedy(error, settings) or ""), error
    for error in (OSError("refused"), redis_errors.TimeoutError("slow"), ValueError("else")):
        assert remedy(error, settings) is None


def test_the_cause_behind_an_error_is_told_too() -> None:
    error = OSError("could not")
    error.__cause__ = ssl.SSLCertVerificationError(1, "no")
    assert "NEWSWIRE_KAFKA_CA_FILE" in (remedy(error, load()) or "")


def test_the_log_shows_stars_for_a_secret(secret_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever logs it, in whatever form: a library its configuration, an error the url."""
    url = "rediss://desk:p%22q%2Fr@host?sentinel_password=of-sentinels"
    held = load(
        **SASL, kafka_password_file=secret_file, kafka_key_password="of-the-key", redis_url=url, log_format="json"
    )
    assert held.secrets() == {SECRET, "of-the-key", "p%22q%2Fr", 'p"q/r', "of-sentinels"}
    before = logging.root.handlers[:], logging.root.level
    try:
        log.set_up(held)
        for secret in held.secrets():
            logging.getLogger("some.library").error("configuration %r", {"password": secret})
        logging.getLogger("some.library").error(url)
        written = capsys.readouterr().err
    finally:
        logging.root.handlers[:], logging.root.level = before
    assert written.count(log.STARS) >= 6
    assert not [
        secret for secret in (SECRET, "of-the-key", "p%22q", 'p"q', r"p\"q", "of-sentinels") if secret in written
    ]


def test_servers_of_ones_own_are_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`newswire demo` works where the variables of a closed wire are set."""
    closed = {"SECURITY_PROTOCOL": "SASL_SSL", "USERNAME": "desk", "PASSWORD": SECRET, "CA_FILE": "/ca.pem"}
    for name, value in closed.items():
        monkeypatch.setenv(f"NEWSWIRE_KAFKA_{name}", value)
    monkeypatch.setenv("NEWSWIRE_REDIS_USERNAME", "desk")
    monkeypatch.setenv("NEWSWIRE_REDIS_PASSWORD", SECRET)
    own = LocalStack(tmp_path).settings
    assert own.kafka_security_protocol == "PLAINTEXT"
    assert (own.kafka_username, own.kafka_ca_file, own.redis_username, own.secrets()) == (None, None, None, set())
