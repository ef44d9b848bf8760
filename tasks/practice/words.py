"""Names, places and things; a fifth of every list is kept for evaluation seeds."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random

FIRST_EVALUATION_SEED = 1_000_000


@cache
def _lists() -> dict[str, list[str]]:
    return json.loads((Path(__file__).parent / "words.json").read_text())


def split(seed: int) -> str:
    """Which side of the split a seed is on: `train` or `eval`."""
    return "eval" if seed >= FIRST_EVALUATION_SEED else "train"


def eval_seed(index: int) -> int:
    """The seed of the n-th evaluation episode."""
    return FIRST_EVALUATION_SEED + index


class Words:
    """Draws from the lists; training seeds never see the held-out fifth."""

    def __init__(self, rng: Random, seed: int) -> None:
        self.rng, self.held_out = rng, split(seed) == "eval"

    def list(self, name: str) -> list[str]:
        return [w for i, w in enumerate(_lists()[name]) if self.held_out or i % 5]

    def some(self, name: str, count: int) -> list[str]:
        return self.rng.sample(self.list(name), count)

    def one(self, name: str) -> str:
        return self.rng.choice(self.list(name))

    def person(self) -> str:
        return f"{self.one('first')} {self.one('last')}"

    def people(self, count: int) -> list[str]:
        firsts, lasts = self.some("first", count), self.some("last", count)
        return [f"{a} {b}" for a, b in zip(firsts, lasts, strict=True)]

    def email(self, person: str) -> str:
        first, last = person.lower().split(" ", 1)
        domain = self.rng.choice(("example.com", "mail.example", "example.org"))
        return self.rng.choice(
            (f"{first}.{last}@{domain}", f"{first}@{domain}", f"{last}.{first}@{domain}")
        )

    def date(self) -> str:
        months = (
            "January February March April May June July August September October November December"
        )
        return f"{self.rng.randint(1, 28)} {self.rng.choice(months.split())}"

    def time(self) -> str:
        return f"{self.rng.randint(6, 22):02d}:{self.rng.randrange(0, 60, 5):02d}"

    def phone(self) -> str:
        return f"+{self.rng.randint(20, 99)} {self.rng.randint(100, 999)} {self.rng.randint(1000, 9999)}"
