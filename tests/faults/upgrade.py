"""`make upgrade FROM=v0.1.0`: the workers of a former version beside these, under load, both killed; upgrade and rollback.

The last line is JSON. Status 1 if anything is lost, doubled or published twice; 3 if the two refuse each other.
"""

import argparse
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.faults.versions import ROOT, of_checkout, upgrade_and_rollback
from tests.faults.wire import Feed, Ledger, Wire
from workers.errors import ServerError
from workers.local.kafka import LocalKafka
from workers.local.valkey import LocalValkey
from workers.settings import load

REFUSED = "docs/UPGRADE.md"
"""What every refusal names (workers/formats.py)."""


def unpack(ref: str, folder: Path) -> Path:
    """The package of another commit, without touching this checkout."""
    packed = subprocess.run(["git", "archive", ref, "workers"], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def run(folder: Path, ref: str, size: int, per_s: float) -> tuple[Ledger, str]:
    """The ledger, and what the former version's worker has logged."""
    former = unpack(ref, folder / "former")
    with LocalKafka(folder / "kafka") as kafka, LocalValkey(folder / "valkey", appendfsync="always") as valkey:
        settings = load(
            kafka_bootstrap=kafka.bootstrap, redis_url=valkey.url, batch_max_records=50, session_timeout_s=6
        )
        with Wire(settings, folder) as wire, of_checkout(wire, former) as other:
            upgrade_and_rollback(wire, other, Feed(size), per_s)
            return wire.ledger(), other.log_file.read_text()


def main() -> int:
    parser = argparse.ArgumentParser(description="upgrade from a former version, and back, under load")
    parser.add_argument("--from", dest="ref", required=True, help="a commit or tag")
    parser.add_argument("--size", type=int, default=6_000, help="records")
    parser.add_argument("--per-s", type=float, default=100.0, help="records a second")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newswire-upgrade-") as folder:
        try:
            ledger, log = run(Path(folder), options.ref, options.size, options.per_s)
        except ServerError as e:
            if REFUSED not in str(e):
                raise
            print(f"{e}\n{json.dumps({'from': options.ref, 'refused': True})}")
            return 3
    batches = log.count("batch done")
    line = {
        "from": options.ref, "sent": ledger.sent, "lost": len(ledger.lost), "doubled": len(ledger.doubled),
        "wrong_stories": len(ledger.wrong_groups), "batches_of_former": batches,
    }  # fmt: skip
    print(json.dumps(line))
    return 0 if batches and not (ledger.lost or ledger.doubled or ledger.wrong_groups) else 1


if __name__ == "__main__":
    sys.exit(main())
