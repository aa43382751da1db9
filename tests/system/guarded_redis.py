"""Debian's redis-server over TLS only, where the default user is off and another may do what docs/SECURITY.md lists."""

import re
import shutil
from pathlib import Path
from typing import Any

import redis

from tests.services.certificates import Authority
from workers.local.ports import LOOPBACK, free_port
from workers.local.valkey import LocalValkey

PAGE = Path(__file__).parents[2] / "docs/SECURITY.md"
PASSWORD = "hush-of-the-test"


def documented_rules(index: str) -> list[str]:
    """The rules of the user `newswire` in docs/SECURITY.md, for this index."""
    (line,) = re.findall(r"^ACL SETUSER newswire (.+)$", PAGE.read_text().replace("\\\n", ""), re.M)
    return [rule.replace("{newswire:newswire}", "{newswire:" + index + "}") for rule in line.split()]


class GuardedRedis:
    """The server, its authority, and the user `newswire`; the plain port is for the test alone, and asks for a password."""

    def __init__(self, folder: Path, index: str) -> None:
        binary = shutil.which("redis-server")
        assert binary, "redis-server is not installed: sudo apt-get install redis-server"
        self.authority = Authority(folder / "authority")
        own = self.authority.vouch("redis", "IP:127.0.0.1")
        self.tls_port, self._folder = free_port(), folder
        users = folder / "users.acl"
        users.write_text(
            f"user default off\nuser admin on >{PASSWORD} ~* &* +@all\n"
            f"user newswire {' '.join(documented_rules(index)).replace('PASSWORD', PASSWORD)}\n"
        )
        extra = {
            "tls-port": str(self.tls_port),
            "tls-cert-file": str(own.certificate),
            "tls-key-file": str(own.key),
            "tls-ca-cert-file": str(self.authority.file),
            "tls-auth-clients": "optional",
            "aclfile": str(users),
        }
        self.server = LocalValkey(folder / "redis", extra=extra, binary=Path(binary))

    def access(self, password: str = PASSWORD) -> dict[str, Any]:
        """Settings by which the user gets in."""
        file = self._folder / f"password-{len(password)}"
        file.write_text(password)
        return {
            "redis_url": f"rediss://{LOOPBACK}:{self.tls_port}/0",
            "redis_username": "newswire",
            "redis_password_file": file,
            "redis_ca_file": self.authority.file,
        }

    def admin(self) -> redis.Redis:
        return redis.Redis(port=self.server.port, username="admin", password=PASSWORD, decode_responses=True)

    def refused(self) -> list[dict[str, Any]]:
        """What users were not allowed, as Redis remembers it; forgets it."""
        with self.admin() as admin:
            found: list[dict[str, Any]] = admin.acl_log()
            admin.acl_log_reset()
        return [entry for entry in found if entry["username"] == "newswire"]
