"""What `newswire up` left running in a folder, known again by its pid files.

Law: a pid from a file is a number that the system may have given to another program since. It is ours only while its
command line bears our mark; nothing else is ever signalled.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_KILL_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """A process by its pid file and the marks that its command line bears."""

    title: str
    pid_file: Path
    marks: tuple[str, ...]

    @property
    def pid(self) -> int | None:
        """Its pid while it runs and is ours, else None."""
        try:
            pid = int(self.pid_file.read_text())
        except (OSError, ValueError):
            return None
        line = command_line(pid)
        return pid if line and all(mark in line for mark in self.marks) else None


def servers(folder: Path) -> list[Recorded]:
    """Kafka and Valkey."""
    return [
        Recorded("Kafka", folder / "kafka.pid", ("kafka.Kafka", str(folder / "kafka.properties"))),
        Recorded("Valkey", folder / "valkey.pid", ("valkey-server", str(folder / "valkey.conf"))),
    ]


def supervisors(folder: Path) -> list[Recorded]:
    return [
        Recorded(file.stem.replace("-", " "), file, ("workers.local.supervisor", str(folder)))
        for file in sorted(folder.glob("supervisor-*.pid"))
    ]


def workers(folder: Path) -> list[Recorded]:
    return [
        Recorded(file.stem.replace("-", " "), file, ("workers.cli", "worker"))
        for file in sorted(folder.glob("worker-*.pid"))
    ]


def end(processes: Iterable[Recorded], grace_s: float) -> list[str]:
    """Ends the processes that run, together: SIGTERM, and SIGKILL after `grace_s`. Returns their titles."""
    alive = [process for process in processes if _send(process, signal.SIGTERM)]
    ended = [process.title for process in alive]
    alive = _wait(alive, grace_s)
    for process in alive:
        _send(process, signal.SIGKILL)
    _wait(alive, _KILL_WAIT_S)
    return ended


def command_line(pid: int) -> str:
    """The command line of a process, "" when there is none (or it has ended and waits for its parent)."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except FileNotFoundError:
        return "" if Path("/proc/self").exists() else _asked_of_ps(pid)
    except OSError:
        return ""


def _asked_of_ps(pid: int) -> str:
    done = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _send(process: Recorded, number: signal.Signals) -> bool:
    pid = process.pid
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
    return True


def _wait(processes: list[Recorded], seconds: float) -> list[Recorded]:
    """Returns those that still run after `seconds`."""
    until = time.monotonic() + seconds
    while processes and time.monotonic() < until:
        time.sleep(0.05)
        processes = [process for process in processes if process.pid is not None]
    return processes
