"""Reads from the topics what a replay has to know: the letters, and which of them were replayed before."""

from collections.abc import Callable, Iterable, Iterator

from workers.headers import origin_of
from workers.kafka_io import Reader, Record
from workers.replay.choice import Choice
from workers.replay.letters import Letter, letter_of
from workers.replay.plan import Memory, Plan, plan
from workers.settings import Settings

Tell = Callable[[str], None]


def make_plan(settings: Settings, choice: Choice, tell: Tell) -> Plan:
    """Finds the letters that are meant and says which of them go.

    A replay stands in the raw topic behind the arrival of what it replays, so that is where the raw topic is read from. Where
    retention has taken that part, the outcomes are looked at as well.
    """
    letters = [letter for letter in _letters(settings, choice, tell) if choice.takes(letter)]
    memory = Memory(letters)
    if letters:
        _remember(settings, letters, memory, tell)
    return plan(letters, memory, settings.topic_raw, again=choice.again)


def _letters(settings: Settings, choice: Choice, tell: Tell) -> Iterator[Letter]:
    for role in choice.roles:
        with Reader(settings, [role], from_start=True) as reader:
            if choice.since_ms is not None:
                reader.begin_at(choice.since_ms)
            for record in _records(reader, settings.output_topics[role], tell):
                if letter := letter_of(record):
                    yield letter


def _remember(settings: Settings, letters: Iterable[Letter], memory: Memory, tell: Tell) -> None:
    oldest_ms = min(letter.received_ms for letter in letters)
    with Reader(settings, ["raw"], from_start=True) as reader:
        reaches_back = reader.begin_at(oldest_ms)
        for record in _records(reader, settings.topic_raw, tell):
            memory.see_raw(record)
    if reaches_back:
        return
    with Reader(settings, list(settings.output_topics), from_start=True) as reader:
        reader.begin_at(oldest_ms)
        for record in _records(reader, "the outcomes", tell):
            memory.see_output(record, origin_of(record.headers.get("origin")))


def _records(reader: Reader, topic: str, tell: Tell) -> Iterator[Record]:
    count = 0
    for batch in reader.until_now():
        yield from batch
        count += len(batch)
        tell(f"reading {topic}: {count:,} records")
