"""A task: something to do, and a way to know whether it was done."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Verdict(NamedTuple):
    """What is true, whatever the agent claims."""

    done: bool
    why: str


class Task(Protocol):
    """One thing to do; the check never reads what the agent says or the page shows."""

    id: str
    goal: str
    start_url: str

    def check(self, answer: str) -> Verdict:
        """Whether it is done now, from the state that the task itself owns."""
        ...
