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

from tests.faults.drive import Drive, say
from tests.faults.schedule import plan
from tests.faults.stage import Stage
from tests.faults.stories import Audit


@dataclass(frozen=True)
class Result:
    """What a run found."""

    audit: Audit
    line: dict[str, int | float]
    lag: int
    slow_exits: list[str]

    @property
    def is_good(self) -> bool:
        return self.audit.is_balanced and self.lag == 0


def run(folder: Path, seed: int, kills: int, per_s: float = 150.0) -> Result:
    """Plays the plan of a seed."""
    with Stage(folder, seed, per_s) as stage:
        drive = Drive(stage)
        drive.play(plan(seed, kills))
        stage.end_feed()
        say("the feed has ended; waiting until all is done")
        lag = stage.wait_until_done()
        found = stage.audit()
        until_s = found.pause.until_ms / 1000 - drive.began_at
        say(f"longest pause: partition {found.pause.partition}, until {until_s:.1f} s")
    line = {
        "seed": seed, "kills": drive.kills, "with_open_work": drive.with_open_work, "sent": found.sent,
        "lost": len(found.lost), "doubled": len(found.doubled), "wrong_verdicts": len(found.wrong),
        "longest_pause_s": found.pause.seconds,
    }  # fmt: skip
    return Result(found, line, lag, drive.slow_exits)


def main() -> int:
    parser = argparse.ArgumentParser(description="tries to lose or double a record")
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--per-s", type=float, default=150.0, help="records a second")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="newswire-faults-"))
    say(f"seed {options.seed}, {options.kills} kills, in {folder}")
    result = run(folder, options.seed, options.kills, options.per_s)
    say(f"outcomes: {dict(result.audit.outcomes)}")
    for title in ("lost", "doubled", "wrong"):
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
