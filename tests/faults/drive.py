"""Plays a plan of faults on a stage: each begins when it is due, and ends after its time."""

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.proxy import Mode
from tests.faults.schedule import Fault
from tests.faults.stage import Stage
from workers.local.worker import LocalWorker

_FIND_WORKER_S = 20.0
_SLOW_EXIT_S = 10.0


def say(text: str) -> None:
    print(text, flush=True)


@dataclass
class Drive:
    """Plays a plan on a stage."""

    stage: Stage
    kills: int = 0
    with_open_work: int = 0
    slow_exits: list[str] = field(default_factory=list)
    began_at: float = field(default_factory=time.time)
    _began: float = field(default_factory=time.monotonic)
    _ends: list[tuple[float, Fault, str, Callable[[], object]]] = field(default_factory=list)
    _frozen: set[int] = field(default_factory=set)
    _stopping: list[threading.Thread] = field(default_factory=list)
    _lag: int = 0

    def play(self, faults: list[Fault]) -> None:
        self._began, self.began_at = time.monotonic(), time.time()
        for fault in faults:
            self._until(fault.at_s)
            self._wait_for_server(fault)
            self._begin(fault)
        self._until(float("inf"))
        for thread in self._stopping:
            thread.join()

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _until(self, at_s: float) -> None:
        """Waits, and ends the faults that are due meanwhile; without end, until all have ended."""
        while self._now() < at_s and (self._ends or at_s < float("inf")):
            self._end_what_is_due()
            time.sleep(0.02)

    def _end_what_is_due(self) -> None:
        for due in [end for end in self._ends if end[0] <= self._now()]:
            if due[3]() is False:  # not yet
                continue
            self._ends.remove(due)
            say(f"{self._now():7.1f} s  end of: {due[2]}")

    def _wait_for_server(self, fault: Fault) -> None:
        """A start that took long must not meet the server's next trouble."""
        while fault.server and any(other.server == fault.server for _, other, _, _ in self._ends):
            self._end_what_is_due()
            time.sleep(0.02)

    def _begin(self, fault: Fault) -> None:
        if fault.is_kill:
            self.kills += 1
            open_work = self._open_work()
            self.with_open_work += open_work > 0
        what, end = getattr(self, "_" + fault.kind.replace("-", "_"))(fault)
        if end:
            self._ends.append((self._now() + fault.lasts_s, fault, what, end))
        number = f"kill {self.kills}, {self._lag} open" if fault.is_kill else "trouble"
        say(f"{self._now():7.1f} s  {what} ({number}, {self.stage.sent} sent)")

    def _open_work(self) -> int:
        """Records that are sent and not yet committed; those last seen where the broker is down."""
        end = time.monotonic() + 3
        while self.stage.kafka.is_running:
            self._lag = self.stage.wire.lag()
            if self._lag or time.monotonic() > end:
                break
        return self._lag

    def _worker(self, fault: Fault) -> tuple[LocalWorker, int]:
        """A worker that runs, and its pid."""
        end = time.monotonic() + _FIND_WORKER_S
        while time.monotonic() < end:
            running = [(w, w.worker_pid) for w in self.stage.members if w.worker_pid not in {None, *self._frozen}]
            if running:
                worker, pid = running[int(fault.pick * len(running))]
                assert pid
                return worker, pid
            self._end_what_is_due()
            time.sleep(0.1)
        raise AssertionError("no worker is running")

    def _sigkill(self, fault: Fault) -> tuple[str, None]:
        worker, pid = self._worker(fault)
        os.kill(pid, signal.SIGKILL)
        return f"SIGKILL of {worker.title}", None

    def _sigterm(self, fault: Fault) -> tuple[str, None]:
        """A rolling restart: another takes its place."""
        worker = self._leaves(fault)
        self.stage.join()
        return f"SIGTERM of {worker.title}", None

    def _leave(self, fault: Fault) -> tuple[str, None]:
        return f"{self._leaves(fault).title} leaves", None

    def _leaves(self, fault: Fault) -> LocalWorker:
        worker, _ = self._worker(fault)
        self.stage.members.remove(worker)
        thread = threading.Thread(target=self._stop, args=(worker,))
        self._stopping.append(thread)
        thread.start()
        return worker

    def _stop(self, worker: LocalWorker) -> None:
        began = time.monotonic()
        worker.stop()
        took = time.monotonic() - began
        last = worker.log_file.read_text().strip().rsplit("\n", 1)[-1]
        if took > _SLOW_EXIT_S or ("status 0" not in last and "SIGTERM" not in last):  # SIGTERM: it was not up yet
            self.slow_exits.append(f"{worker.title}: {took:.1f} s, {last}")

    def _join(self, _fault: Fault) -> tuple[str, None]:
        return f"{self.stage.join().title} joins", None

    def _freeze(self, fault: Fault) -> tuple[str, Callable[[], object]]:
        worker, pid = self._worker(fault)
        os.kill(pid, signal.SIGSTOP)
        self._frozen.add(pid)

        def wake() -> None:
            os.kill(pid, signal.SIGCONT)
            self._frozen.discard(pid)

        return f"SIGSTOP of {worker.title}", wake

    def _broker(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        self.stage.kafka.kill()
        return "kill -9 of Kafka", self.stage.kafka.start

    def _valkey(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        self.stage.valkey.kill()
        return "kill -9 of Valkey", self.stage.valkey.start

    def _valkey_full(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        return "Valkey is full", self._set("maxmemory", "1", "0")

    def _valkey_no_replicas(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        return "Valkey has too few replicas", self._set("min-replicas-to-write", "1", "0")

    def _set(self, name: str, value: str, usual: str) -> Callable[[], object]:
        self.stage.redis.config_set(name, value)
        return lambda: self.stage.redis.config_set(name, usual)

    def _valkey_readonly(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        self.stage.redis.replicaof("127.0.0.1", 1)
        return "Valkey is read-only", lambda: self.stage.redis.replicaof("NO", "ONE")

    def _redis_slow(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        return self._redis_is("slow")

    def _redis_hold(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        return self._redis_is("hold")

    def _redis_cut(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        return self._redis_is("cut")

    def _redis_is(self, mode: Mode) -> tuple[str, Callable[[], object]]:
        self.stage.redis_proxy.mode = mode
        return f"connections to Valkey: {mode}", lambda: setattr(self.stage.redis_proxy, "mode", "pass")

    def _kafka_slow(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        return self._kafka_is("slow")

    def _kafka_hold(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        return self._kafka_is("hold")

    def _kafka_cut(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        return self._kafka_is("cut")

    def _kafka_is(self, mode: Mode) -> tuple[str, Callable[[], object]]:
        self.stage.kafka_proxy.mode = mode
        return f"connections to Kafka: {mode}", lambda: setattr(self.stage.kafka_proxy, "mode", "pass")
