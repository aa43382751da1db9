"""Reads a worker's page of metrics."""

import urllib.request
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Page:
    """A scrape: each sample by name and labels, and the content type it came with."""

    samples: dict[tuple[str, Labels], float]
    content_type: str
    text: str

    def value(self, name: str, **labels: str) -> float:
        """One sample, `newswire_` left out."""
        return self.samples[f"newswire_{name}", tuple(sorted(labels.items()))]

    def total(self, name: str) -> float:
        """The sum over all labels."""
        return sum(value for (full, _), value in self.samples.items() if full == f"newswire_{name}")

    def by(self, name: str) -> dict[str, float]:
        """By the value of the one label, without those at 0."""
        return {labels[0][1]: v for (full, labels), v in self.samples.items() if full == f"newswire_{name}" and v}


def parse(text: str, content_type: str = "") -> Page:
    """A page as Prometheus reads it."""
    families = list(text_string_to_metric_families(text))
    samples = {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}
    return Page(samples, content_type, text)


def scrape(web_url: str) -> Page:
    """The page of a running worker."""
    with urllib.request.urlopen(f"{web_url}/metrics", timeout=10) as answer:
        return parse(answer.read().decode(), answer.headers["Content-Type"])
