"""The sample feed in the order in which it is sent, by chapter.

Every text was written for this repository; the outlets do not exist. The order matters: a copy comes after its
original, a correction after what it corrects.
"""

from workers.demo import copies, kills, leftovers, lifecycle, neighbours
from workers.demo.sample import Sample

CHAPTERS: dict[str, tuple[Sample, ...]] = {
    "A story and its copies": copies.FERRY_AND_COPIES,
    "A long one and its excerpts": copies.BRIDGE_AND_COPIES,
    "One more, copied as a web page": copies.BATTERY_AND_COPIES,
    "Texts as sites deliver them": copies.MESSY_TEXTS,
    "What looks alike and what is alike": neighbours.LOOK_ALIKES,
    "Scripts without spaces": neighbours.OTHER_SCRIPTS,
    "Corrections": lifecycle.CORRECTIONS,
    "Numbered versions": lifecycle.VERSIONS,
    "A write-thru": lifecycle.WRITE_THRU,
    "Flashes": lifecycle.FLASHES,
    "Kills": kills.KILLS,
    "Held back, let go, tests": kills.HELD_BACK,
    "Nothing left to publish": leftovers.NOTHING_LEFT,
    "Not to be understood": leftovers.BAD_INPUT,
}


def samples() -> list[Sample]:
    """All records in order."""
    return [sample for chapter in CHAPTERS.values() for sample in chapter]
