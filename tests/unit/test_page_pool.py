"""Pages are read in processes that may hang, crash and eat memory, at the cost of one page each."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from workers.blame import Blame
from workers.cleaning.page import read_page
from workers.outcome import Origin
from workers.page_pool import UNSAFE, PageBug, PagePool, PageProcessFailed, read_one
from workers.prepare import RawRecord, Ready, prepare
from workers.preparer import Preparer
from workers.rules import rules_of
from workers.settings import load

FAULTY = (str(Path(__file__).with_name("faulty_pages.py")),)
GOOD = "<html lang='en'><head><title>Mayor resigns</title></head><body><article>" + "".join(
    f"<p>The mayor of Port Varney resigned on day {n} after the bridge report was published.</p>" for n in range(5)
)
CPU_S, MEMORY_BYTES = 0.5, 200 << 20
FAULT_S = 8.0
"""More than any fault takes, starting new processes on a busy machine included."""


@pytest.fixture
def pool() -> Iterator[PagePool]:
    made = PagePool(2, CPU_S, MEMORY_BYTES, FAULTY)
    yield made
    made.close()


def process_ids(pool: PagePool) -> list[int]:
    return [child._process.pid for child in pool._children if child._process]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("markup", [GOOD, "no page at all", "<p>One fragment &#8364; \u05d0</p>", "<p>\ud800lone</p>"])
def test_a_page_is_the_same_in_a_child(pool: PagePool, markup: str) -> None:
    """Text and facts come back as if it had been read here."""
    assert pool.submit(markup, "a page").result() == read_page(markup.replace("\ud800", ""))


@pytest.mark.parametrize("fault", ["SPIN", "SLEEP", "EXIT", "SEGFAULT", "EAT"])
def test_a_fault_costs_one_page(pool: PagePool, fault: str) -> None:
    """The page is unsafe, in bounded time, and pages before, beside and after it are read."""
    good = read_page(GOOD)
    assert pool.submit(GOOD, "first").result() == good
    started = time.monotonic()
    futures = [pool.submit(f"{GOOD}{n}" if n != 3 else fault, f"page {n}") for n in range(8)]
    assert [f.result() is UNSAFE for f in futures] == [n == 3 for n in range(8)]
    assert time.monotonic() - started < FAULT_S
    assert pool.submit(GOOD, "last").result() == good


def test_a_bug_is_an_exception_with_its_traceback(pool: PagePool) -> None:
    """An exception is no unsafe page: it is raised where the page is asked for, and the child goes on."""
    with pytest.raises(PageBug, match="faulty_read_page"):
        pool.submit("RAISE", "a page").result()
    (before,) = process_ids(pool)
    assert pool.submit(GOOD, "a page").result() == read_page(GOOD)
    assert process_ids(pool) == [before]


def test_a_child_that_somebody_kills_is_no_fault_of_the_page(pool: PagePool) -> None:
    """The page is read by a new child."""
    pool.submit(GOOD, "a page").result()
    (child,) = process_ids(pool)
    os.kill(child, signal.SIGKILL)
    assert pool.submit(GOOD, "a page").result() == read_page(GOOD)


def test_children_ignore_what_stops_the_parent(pool: PagePool) -> None:
    """Ctrl-C and a service manager signal whole groups; a page in work must not seem to crash."""
    pool.submit(GOOD, "a page").result()
    (child,) = process_ids(pool)
    os.kill(child, signal.SIGINT)
    os.kill(child, signal.SIGTERM)
    assert pool.submit(GOOD, "a page").result() == read_page(GOOD)
    assert process_ids(pool) == [child]


def test_only_as_many_start_as_are_needed(pool: PagePool) -> None:
    """None before the first page, one for pages one after the other."""
    assert process_ids(pool) == []
    for _ in range(3):
        pool.submit(GOOD, "a page").result()
    assert len(process_ids(pool)) == 1


def test_children_are_renewed(pool: PagePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a parser leaks goes with its process."""
    monkeypatch.setattr("workers.page_pool.RENEW_AFTER", 2)
    seen = []
    for _ in range(5):
        pool.submit(GOOD, "a page").result()
        seen += process_ids(pool)
    assert len(set(seen)) == 3
    assert not any(map(is_running, set(seen[:-1]) - {seen[-1]}))


def test_a_child_that_cannot_start_is_no_fault_of_the_page() -> None:
    """Nothing is rejected because of it: the failure is raised, and takes the worker down."""
    pool = PagePool(1, CPU_S, MEMORY_BYTES, ("-c", "import sys; sys.exit(5)"))
    with pytest.raises(PageProcessFailed, match="status 5"):
        pool.submit(GOOD, "a page").result()
    pool.close()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_children_hold_nothing_of_the_parent(pool: PagePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One socket, their own, and no address or password in their environment."""
    monkeypatch.setenv("REDIS_URL", "redis://:secret@127.0.0.1")
    pool.submit(GOOD, "a page").result()
    (child,) = process_ids(pool)
    held = [str(f.readlink()) for f in Path(f"/proc/{child}/fd").iterdir()]
    assert len({h for h in held if h.startswith("socket:")}) == 1
    assert b"secret" not in Path(f"/proc/{child}/environ").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("page", ["idle", "SPIN", "SLEEP"])
def test_children_end_with_their_parent(page: str) -> None:
    """Also when it is killed, and in the middle of a page."""
    code = (
        "import sys, time; from workers.page_pool import PagePool; p = PagePool(1, 60.0, 200 << 20, (sys.argv[1],))\n"
        "p.submit('<p>x</p>', 'first').result(); p.submit(sys.argv[2], 'second')\n"
        "print(p._children[0]._process.pid, flush=True); time.sleep(60)"
    )
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", code, FAULTY[0], page]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": root}) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        time.sleep(0.2)
        assert is_running(child)
        parent.kill()
    end = time.monotonic() + 5
    while is_running(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_running(child)


def record(offset: int, body: str, content_type: str) -> RawRecord:
    value = {"uri": f"urn:example:{offset}", "source": "outlet-7", "body": body, "contentType": content_type}
    return RawRecord(Origin("raw", 0, offset), None, orjson.dumps(value), (), 1_795_422_940_000)


def test_the_rest_of_a_batch_is_unharmed(tmp_path: Path, pool: PagePool) -> None:
    """A hang, a crash and a bug among texts and pages: two are rejected, one is a dead letter, the others are ready."""
    preparer = Preparer(load(), Blame(tmp_path / "at"))
    preparer._pages = pool
    text = "The mayor of Port Varney resigned on Monday after the bridge report was published."
    bodies = [
        (GOOD, "text/html"),
        (text, "text/plain"),
        *((f, "text/html") for f in ("<p>SPIN", "<p>EXIT", "<p>RAISE")),
        (GOOD, "text/html"),
    ]
    prepared = preparer.prepare_all([record(n, *body) for n, body in enumerate(bodies)])
    assert [p.claim.reject if isinstance(p, Ready) else p.role for p in prepared] == [
        None,
        None,
        "unsafe-page",
        "unsafe-page",
        "dlq",
        None,
    ]


def test_pages_are_ready_as_without_the_pool(tmp_path: Path) -> None:
    """The same records, prepared by the worker's way and by the plain one."""
    preparer = Preparer(load(), Blame(tmp_path / "at"))
    records = [record(0, GOOD, "text/html"), record(1, "<p>Too short</p>", "text/html"), record(2, "{", "text/plain")]
    try:
        assert preparer.prepare_all(records) == [prepare(r, rules_of(load())) for r in records]
    finally:
        preparer.close()


def test_a_pool_that_fails_takes_the_worker_down(tmp_path: Path) -> None:
    """No record is skipped or dead-lettered because a process did not start."""
    preparer = Preparer(load(), Blame(tmp_path / "at"))
    preparer._pages = PagePool(1, CPU_S, MEMORY_BYTES, ("-c", "pass"))
    with pytest.raises(PageProcessFailed):
        preparer.prepare_all([record(0, GOOD, "text/html")])
    preparer.close()


def test_one_page_in_a_process_of_its_own() -> None:
    """As `newswire why --file` reads it: the same page, or unsafe, and no process is left."""
    assert read_one(GOOD, "a page", CPU_S, MEMORY_BYTES) == read_page(GOOD)
    assert read_one(GOOD * 50, "a page", 0.001, MEMORY_BYTES) is UNSAFE
    assert page_readers() == set()


def page_readers() -> set[int]:
    """Processes of this one that read pages."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return {int(pid) for pid in children if b"page_process" in Path(f"/proc/{pid}/cmdline").read_bytes()}
