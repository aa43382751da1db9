"""`make audit`: what it makes of pip-audit's reports, above all that nothing heard is no good news."""

import doctest
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "ops/security/audit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_examples(audit: ModuleType) -> None:
    result = doctest.testmod(audit)
    assert result.attempted >= 3
    assert not result.failed


def test_the_first_pin_is_one_that_pip_takes(audit: ModuleType) -> None:
    text = audit.first_pin((ROOT / "requirements.lock").read_text())
    assert text.count("==") == 1
    assert "--hash=sha256:" in text
    assert not text.endswith("\\\n")


def audited(audit: ModuleType, monkeypatch: pytest.MonkeyPatch, report: object) -> int:
    monkeypatch.setattr(audit, "ask", lambda *_: report)
    monkeypatch.chdir(ROOT)
    return int(audit.main([]))


def test_a_vulnerability_fails(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": []}]}]
    assert audited(audit, monkeypatch, found) == 1
    assert "a 1: PYSEC-1, mended in no version yet" in capsys.readouterr().out


@pytest.mark.parametrize("report", [None, [], [{"name": "a", "skip_reason": "not found"}]])
def test_nothing_heard_is_said(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], report: object
) -> None:
    """A service that is away, or that knows none of our packages."""
    assert audited(audit, monkeypatch, report) == 0
    assert "NOT AUDITED" in capsys.readouterr().out


def test_all_in_order(audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert audited(audit, monkeypatch, [{"name": "a", "version": "1", "vulns": []}]) == 0
    assert capsys.readouterr().out == "audit: 0 known vulnerabilities in 3 pins, by pypi\n"


def test_every_lock_that_runs_here_is_audited(audit: ModuleType) -> None:
    """Those of the bench and the fuzzer hold nothing that is shipped."""
    locks = {file.name for file in ROOT.glob("requirements*.lock")}
    assert locks - set(audit.LOCKS) == {
        "requirements-runtime.lock",
        "requirements-bench.lock",
        "requirements-fuzz.lock",
    }
