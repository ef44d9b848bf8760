"""Hostile pages and phone screens, obedient attackers, and a record of what they achieved."""

from .case import Case, Effect, Hand
from .pages_bait import BAIT
from .pages_code import CODE
from .pages_ways import WAYS

PAGES: tuple[Case, ...] = (*BAIT, *CODE, *WAYS)
"""Every hostile page."""

__all__ = ["PAGES", "Case", "Effect", "Hand"]
