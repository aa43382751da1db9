"""Which sources get series of their own: those that come first, up to a limit; all others are `other`.

A source names itself, so that without a limit a scraper with a bug could fill Prometheus. One that is silent is not
forgotten before the worker is started anew: its silence is what an alert looks for.
"""

OTHER, UNKNOWN = "other", "unknown"
MAX_CHARS = 100


class BoundedSources:
    """Names sources; `UNKNOWN` is for records that do not tell theirs."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: dict[str, str] = {}

    def name(self, source: str | None) -> str:
        """The label value for a source.

        >>> sources = BoundedSources(1)
        >>> sources.name("AP"), sources.name("Reuters"), sources.name("AP"), sources.name(None)
        ('AP', 'other', 'AP', 'unknown')
        """
        if source is None:
            return UNKNOWN
        known = self._known.get(source)
        if known is not None:
            return known
        if len(self._known) >= self._limit:
            return OTHER
        clean = source[:MAX_CHARS].encode("utf-8", "replace").decode()
        return self._known.setdefault(source, clean)
