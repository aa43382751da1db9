"""All of Newswire on this machine: Kafka, Valkey, the topics and supervised workers, in one folder.

The demo, the tests and `newswire up` start this. Kafka and Valkey come up together. Law: whatever ends the block, an
error, Ctrl-C or SIGTERM, ends all that was started, workers first, each by the process that is held.
"""

import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Self

from workers import settings
from workers.access import OPEN
from workers.local.kafka import LocalKafka
from workers.local.ports import free_port
from workers.local.process import LocalServer
from workers.local.valkey import LocalValkey
from workers.local.worker import LocalWorker

Progress = Callable[[str], None]


def _say_nothing(_line: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the servers and the first worker listen; None: any free port."""

    kafka: int | None = None
    valkey: int | None = None
    web: int | None = None


class LocalStack:
    """Servers and workers in `folder`; a context manager.

    Args:
        folder: holds all data, logs and pid files.
        workers: how many workers are started.
        partitions: of each topic, when it is created.
        progress: is told what happens, a line at a time.
        environment: further variables of the workers, such as NEWSWIRE_GROUP.
        ports: where they listen.
        detached: leave all running when this program ends; then Kafka's code is compiled for the long run.
    """

    def __init__(
        self,
        folder: Path,
        workers: int = 1,
        partitions: int = 4,
        progress: Progress = _say_nothing,
        environment: Mapping[str, str] = MappingProxyType({}),
        *,
        ports: Ports = Ports(),
        detached: bool = False,
    ) -> None:
        self.folder = folder.absolute()
        self.kafka = LocalKafka(self.folder, ports.kafka, quick=not detached, detached=detached)
        self.valkey = LocalValkey(self.folder, ports.valkey, detached=detached)
        self.workers: list[LocalWorker] = []
        self._web_port = free_port() if ports.web is None else ports.web
        self._wanted_workers = workers
        own = {"NEWSWIRE_PARTITIONS": str(partitions), "NEWSWIRE_STATE_FOLDER": str(self.folder / "state"), **OPEN}
        self._variables = {**own, **environment}
        self._progress = progress
        self._detached = detached

    @property
    def environment(self) -> dict[str, str]:
        """The three addresses, by the names that settings read."""
        return {
            "KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "REDIS_URL": self.valkey.url,
            "WEB_URL": f"http://127.0.0.1:{self._web_port}",
        }

    @property
    def settings(self) -> settings.Settings:
        """The settings with which programs reach this stack."""
        own = {name.removeprefix("NEWSWIRE_").lower(): value for name, value in self._variables.items()}
        return settings.load(**own, **{name.lower(): value for name, value in self.environment.items()})

    def start(self) -> Self:
        """Starts everything and returns when the workers' partitions are assigned.

        Raises:
            ServerError: what did not start, with the end of its log; all else is stopped again.
        """
        try:
            self._start_servers()
            self._create_topics()
            for _ in range(self._wanted_workers):
                self.add_worker()
            self._wait_for_workers()
        except BaseException:
            self.stop()
            raise
        return self

    def add_worker(self) -> LocalWorker:
        """Starts one more worker; does not wait for it."""
        port = free_port() if self.workers else self._web_port
        addresses = {name: value for name, value in self.environment.items() if name != "WEB_URL"}
        number = len(self.workers) + 1
        worker = LocalWorker(self.folder, number, addresses, self._variables, port, detached=self._detached)
        self.workers.append(worker)
        worker.launch()
        return worker

    def stop(self) -> None:
        """Ends the workers together, then Kafka and Valkey; may be called again."""
        stop_together(self.workers)
        stop_together([self.kafka, self.valkey])

    def __enter__(self) -> Self:
        turn_sigterm_into_exit()
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start_servers(self) -> None:
        self._progress("starting Apache Kafka and Valkey")
        began = time.monotonic()
        self.valkey.launch()
        self.kafka.launch()
        for server, address in ((self.valkey, self.valkey.url), (self.kafka, self.kafka.bootstrap)):
            server.wait_until_ready()
            self._progress(f"{server.title} answers at {address} ({time.monotonic() - began:.1f} s)")

    def _create_topics(self) -> None:
        from workers.kafka_io import create_topics

        made = create_topics(self.settings)
        self._progress(f"topics created: {', '.join(made)}" if made else "topics are there from before")

    def _wait_for_workers(self) -> None:
        for worker in self.workers:
            began = time.monotonic()
            worker.wait_until_ready()
            self._progress(f"{worker.title} is ready, {worker.web_url} ({time.monotonic() - began:.1f} s)")


def stop_together(servers: list[LocalServer] | list[LocalWorker]) -> None:
    """Ends several servers at once, so that the slowest sets the time."""
    threads = [threading.Thread(target=server.stop) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def turn_sigterm_into_exit() -> None:
    """Makes SIGTERM end this program like `sys.exit`, so that blocks are left in order; keeps a handler that is there."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _exit)


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
