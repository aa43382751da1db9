"""`make faults KILLS=n [SEED=s]`: a wire under load and a random, repeatable schedule of faults, then the audit.

Says what it does while it runs. The last line is JSON; the status is 1 if anything is lost, doubled or wrong. The folder
with all logs is kept then.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.faults.clusters import ClusterDrive, ClusterStage, Layout
from tests.faults.drive import Drive, say
from tests.faults.schedule import Fault, plan
from tests.faults.stage import Stage
from tests.faults.stories import Audit


@dataclass(frozen=True)
class Result:
    """What a run found."""

    audit: Audit
    line: dict[str, int | float]
    lag: int
    slow_exits: list[str]

    may_forget: bool = False
    """Whether the index may have lost its last moments: then copies may have come through as new, and nothing worse."""

    @property
    def is_good(self) -> bool:
        fine = self.audit.nothing_lost if self.may_forget else self.audit.is_balanced
        return fine and self.lag == 0


def run(folder: Path, seed: int, kills: int, per_s: float = 150.0) -> Result:
    """Plays the plan of a seed."""
    with Stage(folder, seed, per_s) as stage:
        return play(Drive(stage), seed, plan(seed, kills))


def run_on(layout: Layout, folder: Path, faults: list[Fault], seed: int, per_s: float = 150.0) -> Result:
    """Plays faults on servers that have others beside them."""
    with ClusterStage(folder, seed, per_s, layout=layout) as stage:
        return play(ClusterDrive(stage), seed, faults, may_forget=layout.may_forget)


def play(drive: Drive, seed: int, faults: list[Fault], *, may_forget: bool = False) -> Result:
    """Plays faults, waits until all is done, and audits."""
    stage = drive.stage
    drive.play(faults)
    stage.end_feed()
    say("the feed has ended; waiting until all is done")
    lag = stage.wait_until_done()
    found = stage.audit()
    until_s = found.pause.until_ms / 1000 - drive.began_at
    say(f"longest pause: partition {found.pause.partition}, until {until_s:.1f} s")
    line = {
        "seed": seed, "kills": drive.kills, "with_open_work": drive.with_open_work, "sent": found.sent,
        "lost": len(found.lost), "doubled": len(found.doubled), "dropped": len(found.dropped),
        "wrong_verdicts": len(found.wrong), "longest_pause_s": found.pause.seconds,
    }  # fmt: skip
    return Result(found, line, lag, drive.slow_exits, may_forget)


def main() -> int:
    parser = argparse.ArgumentParser(description="tries to lose or double a record")
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--per-s", type=float, default=150.0, help="records a second")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1, help="how many Kafka nodes")
    parser.add_argument("--redis", choices=("one", "sentinel", "cluster"), default="one", help="which kind of Redis")
    parser.add_argument("--replicas", type=int, default=1, help="of each master of Redis")
    parser.add_argument(
        "--wait-for", type=int, default=0, help="replicas that must have a claim (NEWSWIRE_REDIS_REPLICAS)"
    )
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="newswire-faults-"))
    say(f"seed {options.seed}, {options.kills} kills, in {folder}")
    layout = Layout(options.brokers, options.redis, options.replicas, options.wait_for)
    if layout.brokers == 1 and layout.redis == "one":
        result = run(folder, options.seed, options.kills, options.per_s)
    else:
        faults = plan(options.seed, options.kills, layout.cards())
        result = run_on(layout, folder, faults, options.seed, options.per_s)
    say(f"outcomes: {dict(result.audit.outcomes)}")
    for title in ("lost", "doubled", "dropped", "wrong"):
        for problem in getattr(result.audit, title)[:20]:
            say(f"{title}: {problem}")
    for problem in result.slow_exits:
        say(f"slow to leave: {problem}")
    if result.is_good and not result.slow_exits:
        shutil.rmtree(folder)
    else:
        say(f"{result.lag} open at the end; the logs are in {folder}")
    print(json.dumps(result.line))
    return 0 if result.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
