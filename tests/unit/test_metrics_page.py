"""docs/METRICS.md is what the catalogue says."""

from pathlib import Path

from workers import metrics_page

PAGE = Path(__file__).parents[2] / "docs/METRICS.md"


def test_the_page_is_up_to_date() -> None:
    """Else: python -m workers.metrics_page > docs/METRICS.md."""
    assert PAGE.read_text() == metrics_page.page()
