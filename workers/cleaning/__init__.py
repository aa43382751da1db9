"""Cleaning: what reaches people reads as the article and nothing else, and what was taken out is shown.

`pipeline` is the order of steps; the phrases of sites stand in phrases.toml, by language. Losing body text is the
worst error: a rule matches whole lines, or lines under a heading, never a word inside a sentence.
"""

from workers.cleaning.pipeline import CleaningSettings, clean, markup_of

__all__ = ["CLEANER_VERSION", "CleaningSettings", "clean", "markup_of"]

CLEANER_VERSION = "2"
"""Stands in `provenance`; goes up when the same article may come out differently."""
