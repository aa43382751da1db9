"""One thing that was looked at, and what came of it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failure"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line.

    Attributes:
        area: settings, program, kafka, redis or clock.
        state: `failure`: a worker would not start, or articles could be lost, published twice or taken for new again;
            `warning`: it works, and not as well as it should.
        told: what was found.
        todo: what to do about it, "" where all is well.
    """

    area: str
    state: State
    told: str
    todo: str = ""


def ok(area: str, told: str) -> Check:
    return Check(area, "ok", told)


def warning(area: str, told: str, todo: str) -> Check:
    return Check(area, "warning", told, todo)


def failure(area: str, told: str, todo: str) -> Check:
    return Check(area, "failure", told, todo)
