"""Servers that have others beside them: one broker or master at a time dies, and the wire goes on by itself.

Short forms; `make faults BROKERS=3 REDIS=sentinel KILLS=n` is the long one.
"""

from pathlib import Path

import pytest

from tests.faults.clusters import Layout
from tests.faults.run import Result, run_on
from tests.faults.schedule import Fault

PER_S = 100.0
LONGEST_PAUSE_S = 30.0

BROKERS_AND_SENTINELS = [
    Fault(3.0, "sigkill", 0, 0.5),
    Fault(4.0, "valkey-master", 4.0, 0),
    *(Fault(5.0, "broker-kill", 0.5, 0) for _ in range(2)),
    *(Fault(6.0, "broker-stop", 0.1, 0) for _ in range(3)),  # a rolling restart
]
MASTERS = [Fault(3.0, "valkey-master", 4.0, 0), Fault(4.0, "sigkill", 0, 0.5)]


def assert_good(result: Result, kills: int) -> None:
    assert result.is_good, (result.line, result.lag, result.audit.lost, result.audit.doubled, result.audit.wrong[:5])
    assert result.line["kills"] == kills
    assert result.line["with_open_work"] >= 0.7 * kills
    assert result.line["longest_pause_s"] < LONGEST_PAUSE_S


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_brokers_and_masters_die_and_nothing_is_forgotten(tmp_path: Path) -> None:
    """Three brokers, a master with two replicas, claims that wait for one of these: all verdicts are right, too."""
    layout = Layout(brokers=3, redis="sentinel", replicas=2, wait_for=1)
    result = run_on(layout, tmp_path, BROKERS_AND_SENTINELS, 1, PER_S)
    assert not layout.may_forget
    assert_good(result, len(BROKERS_AND_SENTINELS))


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_masters_of_a_cluster_die(tmp_path: Path) -> None:
    """Each has one replica and nobody waits for it: the last moments may be forgotten, and still nothing is lost or doubled."""
    result = run_on(Layout(brokers=1, redis="cluster"), tmp_path, MASTERS, 2, PER_S)
    assert_good(result, len(MASTERS))
