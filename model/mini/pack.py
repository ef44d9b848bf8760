"""Packing: one picture, then as many questions about it as fit, each blind to the others."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import numpy as np

from . import tokens as t
from .paper import typed
from .questions import Element, Part, ask
from .shape import CELLS, WIDE, View

TEXT = 384
LOOKS = 288


class Packed(NamedTuple):
    """One row: text ids, targets (-1: none), their weights, places, question numbers, and where to look.

    A place to look at is a cell below `CELLS`, or `CELLS` plus a position in the text.
    """

    ids: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    places: np.ndarray
    question: np.ndarray
    look_at: np.ndarray
    look_cell: np.ndarray


class Tokens(NamedTuple):
    """A question's ids; what each position predicts (-1: none), its weight, and where it looks."""

    ids: list[int]
    targets: list[int]
    weights: list[float]
    looks: list[tuple[int, int]]
    """A cell and a position in the text, `CELLS` added; -1 where there is none."""


NOWHERE = (-1, -1)


def tokenise(parts: list[Part]) -> Tokens:
    """Everything of one question, still at position 0 of the row."""
    ids: list[int] = []
    answered: list[bool] = []
    weights: list[float] = []
    looks: list[tuple[int, int]] = []
    for part in parts:
        piece = t.encode(part.text)
        source = source_of(part, piece, ids)
        looks += [(part.look, CELLS + source + i if source >= 0 else -1) for i in range(len(piece))]
        ids += piece
        answered += [part.answered] * len(piece)
        weights += [part.weight] * len(piece)
    targets = [ids[i + 1] if answered[i + 1] else -1 for i in range(len(ids) - 1)] + [-1]
    return Tokens(ids, targets, [*weights[1:], 0.0], [*looks[1:], NOWHERE])


def source_of(part: Part, piece: list[int], ids: list[int]) -> int:
    """Where the part's words stand in what came before; -1 where they do not."""
    if part.copied:
        return found(ids, piece)
    word, letter = part.letter_of
    if not word:
        return -1
    asked = ids[: last(ids, t.encode("assistant\n")[0])]
    at = found(asked, t.encode(word))
    return at + letter if at >= 0 else -1


def last(ids: list[int], token: int) -> int:
    return len(ids) - 1 - ids[::-1].index(token) if token in ids else len(ids)


def found(ids: list[int], piece: list[int]) -> int:
    """Where the last whole-word copy of `piece` stands in `ids`, or -1."""
    n = len(piece)
    for at in range(len(ids) - n - 1, 0, -1):
        if ids[at : at + n] == piece and not any(map(in_word, (ids[at - 1], ids[at + n]))):
            return at
    return -1


def in_word(token: int) -> bool:
    return token < 128 and chr(token).isalnum()


def pack(questions: list[list[Part]], view: View = WIDE, text: int = TEXT) -> Packed:
    """Lay questions one after another; positions of each start right after the picture."""
    ids, targets, weights = (
        np.zeros(text, np.int64),
        np.full(text, -1, np.int64),
        np.zeros(text, np.float32),
    )
    places, question = np.zeros(text, np.int64), np.full(text, -1, np.int64)
    look_at, look_cell = np.zeros(LOOKS, np.int64), np.full(LOOKS, -1, np.int64)
    head = list(t.prefix(view)[1])
    first = len(t.prefix(view)[0]) + max(view.columns, view.rows)
    at, looks = 0, 0
    for number, parts in enumerate(questions):
        asked = tokenise([Part(t.decode(head)), *parts])
        n = len(asked.ids)
        if at + n > text:
            continue
        ids[at : at + n], targets[at : at + n] = asked.ids, asked.targets
        weights[at : at + n] = asked.weights
        places[at : at + n] = first + np.arange(n)
        question[at : at + n] = number
        for i, places_there in enumerate(asked.looks):
            for place in places_there:
                if place >= 0 and looks < LOOKS:
                    look_at[looks] = at + i
                    look_cell[looks] = place + at if place >= CELLS else place
                    looks += 1
        at += n
    return Packed(ids, targets, weights, places, question, look_at, look_cell)


def pack_page(rng: Random, elements: list[Element], most: int = 12) -> Packed:
    """Random questions about one page."""
    questions = [q for q in (ask(rng, elements) for _ in range(most)) if q]
    questions[4:4] = [typed(rng), typed(rng)]
    return pack(questions)
