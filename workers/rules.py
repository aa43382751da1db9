"""The settings on which preparing depends, as it wants them: for the worker, and for whoever asks what it would do."""

from workers.cleaning import CleaningSettings
from workers.prepare import Rules
from workers.settings import Settings
from workers.topics import DEAD_LETTER_MARGIN


def rules_of(settings: Settings) -> Rules:
    cleaning = CleaningSettings(settings.min_words, settings.min_unspaced_chars, settings.flash_urgency)
    return Rules(
        cleaning,
        settings.window_by,
        settings.output_record_max_bytes,
        settings.raw_record_max_bytes + DEAD_LETTER_MARGIN,
    )
