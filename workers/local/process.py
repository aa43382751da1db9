"""A server as a child process: launched into its own folder, waited for until it answers, ended by the pid that is held.

Law: nothing is ever found by name. What was started is ended through its handle, also when the program ends early
(`atexit`), unless it was started `detached`, which is for `newswire up`. Each server has a session of its own, so that
Ctrl-C reaches this program alone, which then ends its servers in order.
"""

import atexit
import contextlib
import os
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

from workers.errors import ServerError
from workers.local.ports import free_port, is_free

LOG_TAIL_LINES = 15

_left_running: list[subprocess.Popen[bytes]] = []


@atexit.register
def _look_once_more() -> None:
    """Python warns of children that it forgets and never saw end; those that `newswire down` ended are seen here."""
    for process in _left_running:
        process.poll()


class LocalServer(ABC):
    """What Kafka and Valkey have in common. `start` may follow `stop` or `kill`: same port, same data."""

    name: ClassVar[str]
    start_timeout_s: ClassVar[float] = 60.0

    def __init__(self, folder: Path, port: int | None = None, *, detached: bool = False) -> None:
        self.folder = folder.absolute()
        self.port = free_port() if port is None else port
        self._detached = detached
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def title(self) -> str:
        """How it is named in messages."""
        return self.name

    @property
    def log_file(self) -> Path:
        return self.folder / f"{self.name.lower()}.log"

    @property
    def pid_file(self) -> Path:
        """Written at the launch, for other programs that look at the folder."""
        return self.folder / f"{self.name.lower()}.pid"

    @property
    def pid(self) -> int:
        """The pid of the running server."""
        if self._process is None:
            raise ServerError(f"{self.title} is not running")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Starts the server and returns when it answers.

        Raises:
            ServerError: what is missing, or the last lines of the log.
        """
        self.launch()
        self.wait_until_ready()
        return self

    def launch(self) -> None:
        """Starts the process without waiting, so that several servers can come up together."""
        if self.is_running:
            raise ServerError(f"{self.title} is already running with pid {self.pid}")
        if not is_free(self.port):
            raise ServerError(f"{self.title} cannot listen on port {self.port}: another program does")
        self.folder.mkdir(parents=True, exist_ok=True)
        command = self._prepare()
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                start_new_session=True,
            )
        self.pid_file.write_text(f"{self._process.pid}\n")
        if self._detached:
            _left_running.append(self._process)
        else:
            atexit.register(self.kill)

    def wait_until_ready(self) -> None:
        """Returns when the launched server answers; ends it when it does not."""
        end = time.monotonic() + self.start_timeout_s
        while not self._answers():
            if not self.is_running:
                raise self._failure("ended while starting")
            hopeless = self._hopeless()
            if hopeless or time.monotonic() > end:
                failure = self._failure(hopeless or f"did not answer within {self.start_timeout_s:.0f} s")
                self.kill()
                raise failure
            time.sleep(0.02)

    def stop(self, grace_s: float = 20.0) -> None:
        """Ends the server with SIGTERM, and with SIGKILL if it takes longer than `grace_s`."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._forget()

    def kill(self) -> None:
        """Ends the server with SIGKILL, as a crash would."""
        if self._process is None:
            return
        self._process.kill()
        self._forget()

    def __enter__(self) -> Self:
        return self if self.is_running else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def _prepare(self) -> Sequence[str | os.PathLike[str]]:
        """Writes what the server reads at its start; returns its command line."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether the server answers a request of its own protocol."""

    def _hopeless(self) -> str:
        """Why it is no use to wait longer for an answer; "": it may still come."""
        return ""

    def _environment(self) -> dict[str, str] | None:
        """The process's environment; None: ours."""
        return None

    def _forget(self) -> None:
        if self._process is not None:
            self._process.wait()
        self._process = None
        self.pid_file.unlink(missing_ok=True)
        atexit.unregister(self.kill)

    def _failure(self, what: str) -> ServerError:
        return ServerError(f"{self.title} {what}; the end of {self.log_file}:\n{log_tail(self.log_file)}")


def log_tail(file: Path, lines: int = LOG_TAIL_LINES) -> str:
    """The last lines of a log, indented; "(empty)" when there are none."""
    text = ""
    with contextlib.suppress(OSError):
        text = file.read_bytes()[-20_000:].decode(errors="replace")
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:]) or "  (empty)"
