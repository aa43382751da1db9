"""`make fuzz SECONDS=n`: each target for so long, by coverage. Says what it does; the last line is JSON, the status 1 if
a law was broken.

What leads to new branches is kept in .cache/fuzz and is where the next run begins. A finding is kept there too, by the hash
of its bytes: mend what it shows, and move it to tests/cases/fuzz/<target>, where the tests hold it.
"""

import argparse
import json
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fuzz.targets import MAX_BYTES, TARGETS
from workers.demo.feed import samples

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".cache" / "fuzz"
CASES = ROOT / "tests" / "cases"
MAX_FINDINGS = 10
TIMEOUT_S, MEMORY_MB = 60, 3_000
TOKENS = [
    *("source body uri url headline byline slugline language urgency contentType version firstCreated versionCreated".split()),
    *("pubStatus signal embargoedUntil expires subjects canceled withheld usable text/html text/plain".split()),
    *("<p> </p> <div> <article> <table> <tr><td> <script> </script> <!-- --> <![CDATA[ <svg> <br> <li> <html> <body>".split()),
    *("<nav> <aside> <h1> <title> <meta application/ld+json datePublished itemprop= &amp; &#1; &#x1b; &lt; ]]>".split()),
    "You may also like", "Read also:", "Share this:", "Related articles", "Advertisement", "Subscribe", "We use cookies.",
    "Continue reading", "By Ada Brook", "(Reuters)", "■関連記事", "。", "Photo:", "Copyright", "\n\n", "\n- ", "2026-11-24T08:00:00Z",
]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description="looks for input that breaks a law of decoding or cleaning")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="all of them, unless named")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=0, help="of libFuzzer; 0: another each time")
    options = parser.parse_args()
    found = {name: fuzz(name, options.seconds, options.seed) for name in options.targets or TARGETS}
    print(json.dumps(found))
    return 1 if any(result["findings"] for result in found.values()) else 0


def fuzz(name: str, seconds: int, seed: int) -> dict[str, Any]:
    """Runs one target, again after each finding until the time is up; returns its figures."""
    corpus, findings = KEPT / name, KEPT / "findings" / name
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed_input in enumerate(seeds(name)):
        (corpus / f"seed-{number}").write_bytes(seed_input[:MAX_BYTES])
    words = KEPT / "words.txt"
    words.write_text("".join(f"{_quoted(word)}\n" for word in TOKENS))
    before, began, runs, fresh = set(findings.iterdir()), time.monotonic(), 0, set[Path]()
    while (left := seconds - (time.monotonic() - began)) > 1 and len(fresh) < MAX_FINDINGS:
        runs += _run(name, int(left), [f"-seed={seed}", f"-dict={words}", f"-artifact_prefix={findings}/", str(corpus)])
        fresh = set(findings.iterdir()) - before
    took = round(time.monotonic() - began)
    print(f"{name}: {runs:,} runs in {took} s, {len(fresh)} findings", flush=True)
    return {
        "runs": runs,
        "seconds": took,
        "kept": len(list(corpus.iterdir())),
        "findings": sorted(f.name for f in fresh),
    }


def seeds(name: str) -> Iterator[bytes]:
    """Where the target begins: the demo's articles, and the texts of the tests."""
    for sample in samples():
        raw = sample.raw
        if name == "decode":
            yield raw if isinstance(raw, bytes) else json.dumps(raw).encode()
        elif not isinstance(raw, bytes) and (("<" in str(raw.get("body"))) == (name == "page")):
            yield str(raw.get("body")).encode()
    if name == "text":
        for file in sorted((CASES / "cleaning").glob("*.toml")):
            cases: Any = tomllib.loads(file.read_text()).get("case", [])
            yield from (str(case["body"]).encode() for case in cases if isinstance(case.get("body"), str))
    yield from (file.read_bytes() for file in sorted((CASES / "fuzz" / name).glob("*")))


def _run(name: str, seconds: int, options: list[str]) -> int:
    """One life of libFuzzer, which ends at a finding; returns how many inputs it tried."""
    command = [
        sys.executable, "-m", "tests.fuzz.one", name, f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}",
        f"-timeout={TIMEOUT_S}", f"-rss_limit_mb={MEMORY_MB}", "-print_final_stats=1", "-verbosity=1", *options,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    stated = re.search(r"stat::number_of_executed_units:\s+(\d+)", done.stderr)
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith(("#", "NEW"))]
        print("\n".join(lines[-60:]), flush=True)
    if not stated:
        raise SystemExit(f"{name}: libFuzzer ended with status {done.returncode} and said not how much it did")
    return int(stated[1])


def _quoted(word: str) -> str:
    escaped = "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02X}" for b in word.encode())
    return f'"{escaped}"'


if __name__ == "__main__":
    sys.exit(main())
