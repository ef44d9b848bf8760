"""Packing: one picture, then as many questions about it as fit, each blind to the others."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import numpy as np

from . import tokens as t
from .questions import Element, Part, ask
from .shape import CELLS_H, CELLS_W

CELLS = CELLS_W * CELLS_H
TEXT = 384
LOOKS = 288


class Packed(NamedTuple):
    """One row: text ids, targets (-1: none), places, question numbers, and where to look."""

    ids: np.ndarray
    targets: np.ndarray
    places: np.ndarray
    question: np.ndarray
    look_at: np.ndarray
    look_cell: np.ndarray


def tokenise(parts: list[Part]) -> tuple[list[int], list[int], list[int]]:
    """Ids; the target predicted at each position (-1: none); the cell to look at there (-1: none)."""
    ids: list[int] = []
    answered: list[bool] = []
    looks: list[int] = []
    for part in parts:
        piece = t.encode(part.text)
        ids += piece
        answered += [part.answered] * len(piece)
        looks += [part.look] * len(piece)
    targets = [ids[i + 1] if answered[i + 1] else -1 for i in range(len(ids) - 1)] + [-1]
    return ids, targets, looks[1:] + [-1]


def pack(questions: list[list[Part]], text: int = TEXT) -> Packed:
    """Lay questions one after another; positions of each start right after the picture."""
    ids, targets = np.zeros(text, np.int64), np.full(text, -1, np.int64)
    places, question = np.zeros(text, np.int64), np.full(text, -1, np.int64)
    look_at, look_cell = np.zeros(LOOKS, np.int64), np.full(LOOKS, -1, np.int64)
    head = list(t.prefix()[1])
    first = len(t.prefix()[0]) + max(CELLS_W, CELLS_H)
    at, looks = 0, 0
    for number, parts in enumerate(questions):
        q_ids, q_targets, q_looks = tokenise([Part(t.decode(head)), *parts])
        n = len(q_ids)
        if at + n > text:
            break
        ids[at : at + n], targets[at : at + n] = q_ids, q_targets
        places[at : at + n] = first + np.arange(n)
        question[at : at + n] = number
        for i, cell in enumerate(q_looks):
            if cell >= 0 and looks < LOOKS:
                look_at[looks], look_cell[looks] = at + i, cell
                looks += 1
        at += n
    return Packed(ids, targets, places, question, look_at, look_cell)


def pack_page(rng: Random, elements: list[Element], most: int = 12) -> Packed:
    """Random questions about one page."""
    questions = [q for q in (ask(rng, elements) for _ in range(most)) if q]
    return pack(questions)
