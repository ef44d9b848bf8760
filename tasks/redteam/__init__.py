"""Hostile pages and phone screens, obedient attackers, and a record of what they achieved."""

from .case import HANDS, Case, Effect, Hand
from .pages_bait import BAIT
from .pages_code import CODE
from .pages_ways import WAYS
from .screens import SCREENS, ScreenCase

PAGES: tuple[Case, ...] = (*BAIT, *CODE, *WAYS)
"""Every hostile page."""

__all__ = ["HANDS", "PAGES", "SCREENS", "Case", "Effect", "Hand", "ScreenCase"]
