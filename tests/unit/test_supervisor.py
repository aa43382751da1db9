"""A worker is started again when it dies, and only then."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from workers.local import supervisor as module
from workers.local.supervisor import Supervisor, keep_small, next_delay


@pytest.fixture(autouse=True)
def _short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_DELAY_S", 0.01)


def supervise(folder: Path, program: str) -> Supervisor:
    return Supervisor(1, folder, [sys.executable, "-c", program])


def dies_twice(folder: Path, how: str) -> str:
    """A program that dies `how`, and ends well the third time."""
    return f"""
import os, pathlib, sys
lives = pathlib.Path({str(folder / "lives")!r})
lives.write_text(lives.read_text() + "x" if lives.exists() else "x")
if len(lives.read_text()) < 3:
    {how}
"""


@pytest.mark.parametrize(
    "how", ["sys.exit(1)", "sys.exit(4)", "os.kill(os.getpid(), 9)"], ids=["status", "watchdog", "signal"]
)
def test_a_death_is_followed_by_another_start(tmp_path: Path, how: str) -> None:
    """Two deaths, then an end with status 0: three lives, two deaths counted."""
    supervisor = supervise(tmp_path, dies_twice(tmp_path, how))
    assert supervisor.run() == 0
    assert supervisor.deaths == 2
    assert (tmp_path / "lives").read_text() == "xxx"
    assert "death 2" in (tmp_path / "worker-1.log").read_text()


def test_a_wrong_setting_is_not_tried_again(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, "import sys; sys.exit(2)")
    assert supervisor.run() == 2
    assert supervisor.deaths == 0


def test_stop_is_passed_on_and_the_pid_file_is_the_workers(tmp_path: Path) -> None:
    """The worker gets SIGTERM, ends with 0, and none follows."""
    program = (
        "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(0)); print('up', flush=True); time.sleep(60)"
    )
    supervisor = supervise(tmp_path, program)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    wait_for(tmp_path / "worker-1.log", "up")
    os.kill(int((tmp_path / "worker-1.pid").read_text()), 0)
    supervisor.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert supervisor.deaths == 0
    assert not (tmp_path / "worker-1.pid").exists()


def test_a_worker_that_does_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_GRACE_S", 0.1)
    program = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    supervisor = supervise(tmp_path, program)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    wait_for(tmp_path / "worker-1.log", "up")
    supervisor.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert "is killed" in (tmp_path / "worker-1.log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells a child of its parent's death")
def test_a_killed_supervisor_takes_its_worker_along(tmp_path: Path) -> None:
    """No worker runs unwatched."""
    code = (
        "from pathlib import Path; import sys; from workers.local.supervisor import Supervisor;"
        f"Supervisor(1, Path({str(tmp_path)!r}), ['sleep', '60']).run()"
    )
    pid = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-c", code])
    wait_for(tmp_path / "worker-1.pid", "\n")
    worker = int((tmp_path / "worker-1.pid").read_text())
    time.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    until = time.monotonic() + 5
    while time.monotonic() < until and Path(f"/proc/{worker}/cmdline").exists():
        if not Path(f"/proc/{worker}/cmdline").read_bytes():  # ended, and waits for its new parent to look
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{worker}").exists()


def test_delays_grow_to_a_bound_and_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_DELAY_S", 0.5)
    delays = [0.0]
    for _ in range(7):
        delays.append(next_delay(delays[-1], lived_s=1))
    assert delays[1:] == [0.5, 1, 2, 4, 8, 10, 10]
    assert next_delay(10, lived_s=61) == 0.5


def test_a_large_log_is_kept_once(tmp_path: Path) -> None:
    """The content moves to `.1`; the file itself stays, for the worker appends to it."""
    log = tmp_path / "worker-1.log"
    log.write_text("0123456789")
    keep_small(log, max_bytes=10)
    assert log.read_text() == "0123456789"
    keep_small(log, max_bytes=9)
    assert log.read_text() == ""
    assert (tmp_path / "worker-1.log.1").read_text() == "0123456789"


def wait_for(file: Path, text: str) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if file.exists() and text in file.read_text():
            return
        time.sleep(0.01)
    raise AssertionError(f"{text!r} did not come in {file}")


def test_too_many_bad_records_are_not_tried_again(tmp_path: Path) -> None:
    """They would be met again: somebody has to look."""
    supervisor = supervise(tmp_path, "import sys; sys.exit(5)")
    assert supervisor.run() == 5
    assert supervisor.deaths == 0
