"""Start a virtual Android phone, and keep it until Ctrl-C."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ...actions.errors import UserError
from .choose import need
from .options import size

if TYPE_CHECKING:
    from ...actions.types import Size
    from ...envs.android.env import AndroidEnv
    from ...envs.virtual_phone.phone import VirtualPhone


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `phone`."""
    parser.add_argument("--size", type=size, metavar="WxH", help="screen (default: 720x1280)")
    parser.add_argument("--port", type=int, default=6585, metavar="N", help="where adb finds it")
    parser.add_argument("--no-keyboard", action="store_true", help="without ADBKeyboard on it")
    parser.add_argument("--for-seconds", type=float, metavar="N", help="end by itself, for scripts")


def run(args: argparse.Namespace) -> int:
    """Start it, connect adb to it, and wait."""
    from .run import interruptible

    with interruptible(), virtual_phone(args, args.port) as phone:
        phone.device.keyboard_installed = not args.no_keyboard
        print(f"a virtual phone of {phone.device.size} listens on {phone.serial}")
        print(f"connect:  adb connect {phone.serial}")
        print(f'use it:   qvl-agent run "…" --env android --serial {phone.serial} --model …')
        print("Ctrl-C ends it", flush=True)
        threading.Event().wait(args.for_seconds)
    return 0


@contextmanager
def virtual_phone(args: argparse.Namespace, port: int = 0) -> Generator[VirtualPhone]:
    """A virtual phone of the options' size; ended at the end."""
    need("playwright", "browser")
    from ...envs.virtual_phone.phone import VirtualPhone

    with VirtualPhone(phone_size(args), port=port) as phone:
        yield phone


def phone_size(args: argparse.Namespace) -> Size:
    """The size of the options; else a usual phone's, for the bundled model that of its lessons."""
    from ...envs.virtual_phone.phone import USUAL
    from ...model.mini import TOUCH
    from ...model.mini.shape import TALL

    chosen: Size | None = args.size
    learned = getattr(args, "model", "") in (None, TOUCH)
    return chosen or (TALL.size if learned else USUAL)


@contextmanager
def open_phone(
    args: argparse.Namespace, phone: VirtualPhone | None, say: Callable[[str], None]
) -> Generator[AndroidEnv]:
    """The phone of the options, or the virtual one through an adb server of its own."""
    from ...envs.android.env import AndroidEnv

    if getattr(args, "sites", None):
        raise UserError("--sites binds browsers of this machine only; a phone opens what it likes")
    with ExitStack() as held:
        if phone is None:
            env = AndroidEnv(args.serial)
        else:
            from ...envs.android.server import OwnServer

            server = OwnServer()
            held.callback(server.close)
            env = AndroidEnv(phone.serial, where=server.address, start=server.start)
        held.callback(env.close)
        kind = "a virtual phone" if phone else "the phone"
        say(f"screen: {env.size} of {kind} {env.link.serial}, captured as {env.camera.route}")
        yield env
