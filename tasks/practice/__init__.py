"""The practice site: small local web apps, their tasks and their checks."""

from .apps import KINDS
from .server import PracticeTask, Site
from .words import eval_seed, split

__all__ = ["KINDS", "PracticeTask", "Site", "eval_seed", "split"]
