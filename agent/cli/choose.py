"""From options to a model with its dialect, and to a browser."""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...actions.errors import UserError

if TYPE_CHECKING:
    from ...actions.dialects.base import Dialect
    from ...model.base import Model

MINI = "qvl-mini"


@dataclass(frozen=True)
class Brain:
    """A model, and the words it is spoken to in."""

    model: Model
    dialect: Dialect


def need(package: str, extra: str) -> None:
    """UserError when an optional package is not installed."""
    if importlib.util.find_spec(package) is None:
        raise UserError(f"{package} is not installed; pip install 'qvl-agent[{extra}]'")
