"""The commands that answer questions about the wire and change nothing, as people type them (see cli.py)."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def why(
    uri: str | None = None,
    *,
    file: Annotated[str | None, Parameter(name=["--file", "-f"], allow_leading_hyphen=True)] = None,
    source: str | None = None,
    json: bool = False,
) -> int:
    """Tell the whole decision about a uri, or what a text would come to now. Changes nothing.

    Of a uri, in any spelling: what came in and what became of each, what it is now, the article that it copies, how alike the two are and
    where the threshold is, the passages they share, what is new, and what cleaning took out. Status 1 when nothing is known.

    ```
    newswire why https://gazette.example/ferry-sails
    newswire why urn:example:story-42 --json | jq .evidence
    newswire why --file article.json       # what would it be now?
    pbpaste | newswire why --file -        # any text
    ```

    Args:
        uri: The story's uri, or the url where it stated no uri.
        file: A raw article as JSON, or plain text or HTML; `-` is standard input.
        source: The outlet, where the text states none (an outlet's own earlier article can be extended by it).
        json: JSON for programs.
    """
    from workers.commands import why as command

    return command.run(uri, file=file, source=source, json=json)


def curve(
    *,
    words: Annotated[tuple[int, ...] | None, Parameter(consume_multiple=True)] = None,
    trials: int = 60,
    png: Path | None = None,
    json: bool = False,
) -> int:
    """Draw the chance of finding a copy against how much of it is known, as measured and as theory says.

    For the settings in force: the signature, and the share of known shingles from which an article is a copy. Measured on
    the Redis of REDIS_URL, in an index of its own that is gone afterwards, or on a Valkey that runs for the while.

    ```
    newswire curve
    newswire curve --png curve.png    # a picture too; needs the extra `chart`
    newswire curve --words 50 200 5000 --trials 200
    NEWSWIRE_DUPLICATE_CONTAINMENT=0.6 newswire curve
    newswire curve --json | jq '.points[] | select(.words == 400)'
    ```

    Args:
        words: Lengths of article, one curve each; 120, 400 and 1,000 unless given.
        trials: How many copies are measured for each point.
        png: Draw a picture into this file too.
        json: The figures for programs, instead of the chart.
    """
    from workers.commands import curve as command

    return command.run(words or (), trials=trials, png=png, json=json)
