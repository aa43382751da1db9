"""Alert, runbook, panel, metric and test belong together: none of them names what is not there, and none is missing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from workers.cli import app
from workers.metrics.catalogue import CATALOGUE
from workers.settings import Settings, load

ROOT = Path(__file__).parents[2]
PROMETHEUS, GRAFANA = ROOT / "ops/prometheus", ROOT / "ops/grafana"
RUNBOOK = (ROOT / "docs/RUNBOOK.md").read_text()
GROUPS = yaml.safe_load((PROMETHEUS / "alerts.rules.yml").read_text())["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
PARTS = ("Meaning", "Impact", "Diagnosis", "Mitigation")
SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
SERIES = {spec.full_name + suffix for spec in CATALOGUE for suffix in SUFFIXES[spec.kind]}
LABELS = {spec.full_name + suffix: spec.labels for spec in CATALOGUE for suffix in SUFFIXES[spec.kind]}


def series_in(expression: str) -> set[str]:
    return set(re.findall(r"\bnewswire_\w+", expression))


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_names_its_runbook_and_its_panel(name: str) -> None:
    """And how urgent it is; the runbook's section has all four parts."""
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert alert["annotations"]["summary"]
    assert alert["annotations"]["runbook_url"] == f"docs/RUNBOOK.md#{name.lower()}"
    assert [part for part in PARTS if f"* **{part}**: " not in SECTIONS[name]] == []
    assert re.fullmatch(r"newswire-[a-z]+/[A-Z][\w ]+", alert["annotations"]["dashboard"])


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_has_tests_in_which_it_fires_and_in_which_it_does_not(name: str) -> None:
    """`make test-system` runs them with promtool."""
    files = [yaml.safe_load((PROMETHEUS / f).read_text()) for f in ("alerts.test.yml", "alerts.week.test.yml")]
    fires = {
        bool(one["exp_samples"])
        for file in files
        for test in file["tests"]
        for one in test["promql_expr_test"]
        if f'alertname="{name}"' in one["expr"]
    }
    assert fires == {True, False}


def test_rules_use_what_a_worker_exports() -> None:
    """Each series and each value of a closed label that a rule names is one of the catalogue."""
    recorded = {rule["record"] for rule in RULES if "record" in rule}
    for rule in RULES:
        assert series_in(rule["expr"]) <= SERIES, rule
        assert set(re.findall(r"\bnewswire:\w+:\w+", rule["expr"])) <= recorded, rule
        for name, matchers in re.findall(r"(newswire_\w+)\{([^}]*)\}", rule["expr"]):
            for label, values in re.findall(r'(\w+)=~?"([^"]*)"', matchers):
                if label != "le":
                    assert set(values.split("|")) <= set(LABELS[name][label] or ()), rule


def test_buckets_that_rules_name_exist() -> None:
    buckets = {spec.full_name + "_bucket": {f"{float(b)}" for b in spec.buckets} for spec in CATALOGUE if spec.buckets}
    named = [pair for rule in RULES for pair in re.findall(r'(newswire_\w+_bucket)\{[^}]*le="([^"]+)"', rule["expr"])]
    assert named
    assert [(name, bound) for name, bound in named if bound not in buckets[name]] == []


def test_the_runbook_has_no_section_without_an_alert() -> None:
    assert set(SECTIONS) == set(ALERTS)


def test_what_the_runbook_names_is_there() -> None:
    """Metrics, settings, commands, and links within the page."""
    assert series_in(RUNBOOK) <= {spec.full_name for spec in CATALOGUE}
    settings = {f"NEWSWIRE_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"\bNEWSWIRE_[A-Z_]+", RUNBOOK)) <= settings
    assert set(re.findall(r"`newswire (\w+)", RUNBOOK)) <= set(app)
    assert set(re.findall(r"`newswire tail (\w+)", RUNBOOK)) <= {"all", *load().output_topics}
    assert set(re.findall(r"\]\(#(\w+)\)", RUNBOOK)) <= {name.lower() for name in ALERTS}


@pytest.mark.skipif(not list(GRAFANA.glob("*.json")), reason="there are no dashboards in ops/grafana yet")
def test_the_panels_that_alerts_name_are_there() -> None:
    """As `<uid of the dashboard>/<title of the panel>`."""
    panels = set()
    for file in GRAFANA.glob("*.json"):
        board = json.loads(file.read_text())
        panels |= {f"{board['uid']}/{panel['title']}" for panel in board["panels"]}
    assert {alert["annotations"]["dashboard"] for alert in ALERTS.values()} <= panels
