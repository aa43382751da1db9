"""A Kafka that lets nobody in without TLS and asks what he may: SASL_SSL with SCRAM, SSL with certificates, an authorizer.

Who administers it comes by the plain listener, which exists on loopback for the test alone. Users get the rights that
docs/SECURITY.md lists for their role, read from there.
"""

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.admin import UserScramCredentialUpsertion as Upsertion

from tests.faults.wire import environment_of
from tests.services.certificates import Authority
from workers.local.kafka import LocalKafka
from workers.local.ports import free_port
from workers.settings import Settings

PAGE = Path(__file__).parents[2] / "docs/SECURITY.md"
PASSWORD = "pass-phrase-of-the-test"
_OPERATIONS = {
    "Read": ACLOperation.READ,
    "Write": ACLOperation.WRITE,
    "Create": ACLOperation.CREATE,
    "Describe": ACLOperation.DESCRIBE,
    "DescribeConfigs": ACLOperation.DESCRIBE_CONFIGS,
}
_RESOURCES = {
    "--topic": ResourceType.TOPIC,
    "--group": ResourceType.GROUP,
    "--transactional-id": ResourceType.TRANSACTIONAL_ID,
}


def properties(authority: Authority) -> dict[str, str]:
    """Settings of the broker, beside its listeners."""
    server = authority.vouch("broker", "IP:127.0.0.1")
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(server.both),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.file),
        "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/",
        "listener.name.ssl.ssl.client.auth": "required",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "listener.name.sasl_ssl.plain.sasl.jaas.config": (
            f'org.apache.kafka.common.security.plain.PlainLoginModule required user_ops="{PASSWORD}";'
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }


class GuardedKafka:
    """The broker, its authority and its users."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder / "authority")
        self.ports = {"SASL_SSL": free_port(), "SSL": free_port()}
        self.server = LocalKafka(folder / "kafka", properties=properties(self.authority), listeners=self.ports)
        self._folder = folder

    def access(self, user: str, protocol: str = "SASL_SSL", password: str = PASSWORD) -> dict[str, Any]:
        """Settings by which a user gets in."""
        common = {
            "kafka_bootstrap": f"127.0.0.1:{self.ports[protocol]}",
            "kafka_security_protocol": protocol,
            "kafka_ca_file": self.authority.file,
        }
        if protocol == "SSL":
            own = self.authority.vouch(user)
            return {**common, "kafka_cert_file": own.certificate, "kafka_key_file": own.key}
        file = self._folder / f"password-{len(password)}-{user}"
        file.write_text(f"{password}\n")
        return {**common, "kafka_username": user, "kafka_password_file": file}

    def add_users(self, *names: str) -> None:
        with self.admin() as admin:
            admin.alter_user_scram_credentials([Upsertion(name, "SCRAM-SHA-512", PASSWORD) for name in names])

    def grant(self, user: str, rights: Iterable[ACL]) -> None:
        given = [ACL(f"User:{user}", "*", acl.operation, acl.permission_type, acl.resource_pattern) for acl in rights]
        with self.admin() as admin:
            done = admin.create_acls(given)
        assert not done["failed"], done

    def withdraw(self, user: str, right: ACL) -> None:
        pattern = right.resource_pattern
        only = ResourcePatternFilter(pattern.resource_type, pattern.resource_name, pattern.pattern_type)
        with self.admin() as admin:
            gone = admin.delete_acls([ACLFilter(f"User:{user}", "*", right.operation, ACLPermissionType.ALLOW, only)])
        assert gone[0][1], gone

    @contextmanager
    def admin(self) -> Iterator[Any]:
        client = KafkaAdminClient(bootstrap_servers=self.server.bootstrap)
        try:
            yield client
        finally:
            client.close()


def newswire(
    settings: Settings, folder: Path, *words: str, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """A command with these settings, as a process of its own; `variables` win."""
    return subprocess.run(
        [sys.executable, "-m", "workers.cli", *words],
        env={**os.environ, **environment(settings, folder), **variables},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def environment(settings: Settings, folder: Path) -> dict[str, str]:
    bare = {"KAFKA_BOOTSTRAP": settings.kafka_bootstrap, "REDIS_URL": settings.redis_url, "WEB_URL": settings.web_url}
    return {**environment_of(settings, folder), **bare}


def rights_of(role: str, settings: Settings) -> list[ACL]:
    """What docs/SECURITY.md gives the role, with the names of these settings in the place of the usual ones."""
    lines = re.findall(rf"^allow {role} (.+)$", PAGE.read_text(), re.M)
    assert lines, f"docs/SECURITY.md has no rights of {role}"
    return [acl for line in lines for acl in _acls(_renamed(line, settings).split())]


def _renamed(line: str, settings: Settings) -> str:
    usual = type(settings).model_fields
    for name in ("topic_raw", "topic_clean", "topic_duplicates", "topic_rejected", "topic_dlq"):
        line = line.replace(usual[name].default, getattr(settings, name))
    return re.sub(r"(--group|--transactional-id) newswire\b", rf"\1 {settings.group}", line)


def _acls(words: list[str]) -> Iterator[ACL]:
    """As kafka-acls.sh reads them: every operation on every resource."""
    pairs = [(name, value) for name, value in itertools.pairwise(words) if name.startswith("--")]
    assert len(pairs) * 2 == len(words), words
    prefixed = ("--resource-pattern-type", "prefixed") in pairs
    kind = ACLResourcePatternType.PREFIXED if prefixed else ACLResourcePatternType.LITERAL
    for option, name in pairs:
        for operation in (value for key, value in pairs if key == "--operation" and option in _RESOURCES):
            pattern = ResourcePattern(_RESOURCES[option], name, kind)
            yield ACL("User:*", "*", _OPERATIONS[operation], ACLPermissionType.ALLOW, pattern)
