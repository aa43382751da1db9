# ruff: noqa: INP001 - a program by itself, no part of a package
"""Asks whether one of the locked packages has a known vulnerability: `make audit`.

pip-audit takes a package that its service does not know for one that is in order, and so a network without the service for
good news. Here each lock's first package is asked for first, and what was not audited is said.
Status 1 where a vulnerability is known; 0 where none is, also where nobody could be asked, which the last line tells.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-audit.lock")
SERVICES = ("pypi", "osv")
LIMIT_S = 600
Report = Sequence[dict[str, Any]]


def first_pin(lock: str) -> str:
    r"""The first package of a lock, with its hashes.

    >>> first_pin("# by hand\na==1 \\\n    --hash=sha256:0\n    # via b\nb==2 \\\n    --hash=sha256:1\n")
    'a==1 \\\n    --hash=sha256:0\n'
    """
    lines = [line for line in lock.splitlines() if not line.strip().startswith("#")]
    end = next((n for n, line in enumerate(lines) if n and not line.startswith(" ")), len(lines))
    return "\n".join(lines[:end]).rstrip("\\ ") + "\n"


def findings(report: Report) -> list[str]:
    """A line for each known vulnerability.

    >>> findings([{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}])
    ['a 1: PYSEC-1, mended in 2']
    """
    return [
        f"{package['name']} {package['version']}: {vulnerability['id']}, mended in "
        f"{', '.join(vulnerability['fix_versions']) or 'no version yet'}"
        for package in report
        for vulnerability in package.get("vulns", ())
    ]


def unaudited(report: Report) -> list[str]:
    """Packages that the service did not know.

    >>> unaudited([{"name": "a", "skip_reason": "not found"}, {"name": "b", "version": "1", "vulns": []}])
    ['a']
    """
    return [package["name"] for package in report if "skip_reason" in package]


def ask(lock: Path, service: str, options: Sequence[str]) -> Report | None:
    """pip-audit's report, None when it could not make one."""
    how = ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off", "-s", service]
    command = [sys.executable, "-m", "pip_audit", "-r", str(lock), *how, *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
        report: Report = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError, KeyError):
        return None
    return report


def reachable_service(options: Sequence[str]) -> str | None:
    """The first service that knows a package of ours."""
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder) / "one.txt"
        one.write_text(first_pin(Path(LOCKS[0]).read_text()))
        for service in SERVICES:
            report = ask(one, service, options)
            if report and not unaudited(report):
                return service
    return None


def main(options: Sequence[str]) -> int:
    """Audits all locks."""
    service = reachable_service(options)
    if service is None:
        print(f"audit: NOT AUDITED: none of the services ({', '.join(SERVICES)}) can be reached from here")
        return 0
    found, missing, count = [], [], 0
    for lock in LOCKS:
        report = ask(Path(lock), service, options)
        if report is None:
            missing.append(f"all of {lock}")
            continue
        found += findings(report)
        missing += unaudited(report)
        count += len(report)
    for line in sorted(set(found)):
        print(f"audit: {line}")
    left_out = f"; not audited: {', '.join(sorted(set(missing)))}" if missing else ""
    print(f"audit: {len(set(found))} known vulnerabilities in {count} pins, by {service}{left_out}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
