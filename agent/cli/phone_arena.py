"""Where phone tasks are played: one virtual phone for all, replaced when it is lost."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ...tasks.benchmark import Case, Journal, Setting
from ...tasks.phone import phone_task
from ..episode import Episode
from .arena import Arena, play_missing, usual_setting
from .choose import Brain, open_brain
from .phone import open_phone, phone_size, virtual_phone
from .run import Errand

if TYPE_CHECKING:
    from ...envs.android.env import AndroidEnv
    from ...envs.virtual_phone.phone import VirtualPhone
    from .live import LiveLine


class PhoneArena(Arena):
    """A virtual phone that is used until it is lost, and the records of what is done on it."""

    def __init__(self, args: argparse.Namespace, brain: Brain, live: LiveLine) -> None:
        super().__init__(args, brain, phone_size(args))
        self.live = live
        self._opened: tuple[VirtualPhone, AndroidEnv] | None = None

    def phone(self) -> tuple[VirtualPhone, AndroidEnv]:
        """The phone, and the way to it through adb."""
        if self._opened is None:
            phone = self._held.enter_context(virtual_phone(self.args))
            env = self._held.enter_context(open_phone(self.args, phone, self.live.say))
            self._opened = phone, env
        return self._opened

    def drop(self) -> None:
        """Give the phone up; the next episode gets a new one."""
        super().drop()
        self._opened = None

    def play(self, case: Case) -> Episode:
        """One episode on a phone with the data of its seed."""
        phone, env = self.phone()
        task = phone_task(phone, case.kind, case.seed)
        what = Errand(task.goal, "", f"{task.id}-{case.seed}", task.check)
        return self.attempt(what, env, case.seed)


def play(
    args: argparse.Namespace, cases: list[Case], folder: Path, live: LiveLine
) -> tuple[Setting, Journal]:
    """Play what the journal lacks of these cases, and keep each result."""
    with open_brain(args, live.say) as brain, PhoneArena(args, brain, live) as arena:
        setting = usual_setting(args, brain, "phone", arena.usual)
        return setting, play_missing(cases, arena.play, folder, setting, live.say)
