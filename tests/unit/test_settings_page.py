"""docs/SETTINGS.md is what the settings say."""

from pathlib import Path

from pydantic.fields import FieldInfo

from workers import settings_page
from workers.settings import Settings

PAGE = Path(__file__).parents[2] / "docs/SETTINGS.md"


def test_the_page_is_up_to_date() -> None:
    """Else: python -m workers.settings_page > docs/SETTINGS.md."""
    assert PAGE.read_text() == settings_page.page()


def test_every_setting_says_what_it_is_for() -> None:
    """One line, that keeps the table whole."""
    described: dict[str, FieldInfo] = dict(Settings.model_fields)
    assert not [n for n, f in described.items() if not f.description or {"|", "\n"} & set(f.description)]


def test_a_value_is_shown_with_its_unit() -> None:
    assert settings_page.shown("batch_wait_s", 0.05) == "0.05 seconds"
    assert settings_page.shown("kill_state_s", 90 * 86_400.0) == "7776000 seconds (90 days)"
    assert settings_page.shown("raw_record_max_bytes", 8 << 20) == "8388608 bytes (8 MiB)"
    assert settings_page.shown("raw_record_max_bytes", 1_024) == "1024 bytes"
    assert settings_page.shown("state_folder", Path("~/a")) == "~/a"
