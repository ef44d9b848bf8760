"""Options that several commands share, and their checks."""

from __future__ import annotations

import argparse

from ...actions.types import Size


def add_model(parser: argparse.ArgumentParser) -> None:
    """Which model, in whose words, where and how precisely."""
    group = parser.add_argument_group("model")
    group.add_argument(
        "--model",
        metavar="NAME|PATH",
        help="hub name, folder, http://…/v1, or script:FILE (default: a bundled one)",
    )
    group.add_argument("--dialect", metavar="NAME", help="speak to it in this family's words")
    group.add_argument("--device", metavar="NAME", help="cpu, cuda, mps (default: what is free)")
    group.add_argument("--dtype", metavar="NAME", help="float32, bfloat16, float16")
    group.add_argument(
        "--engine",
        choices=("fast", "plain"),
        default="fast",
        help="plain: transformers' own generation, the reference that fast equals",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """One line for programs."""
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")


def size(text: str) -> Size:
    """`1280x800` as a size."""
    wide, cross, high = text.lower().partition("x")
    if not (cross and wide.isdecimal() and high.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write it as 1280x800")
    found = Size(int(wide), int(high))
    if min(found) < 64 or max(found) > 8192:
        raise argparse.ArgumentTypeError(f"{text} is no usable size; sides are 64 to 8192")
    return found


def positive(text: str) -> int:
    """A whole number above zero."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above zero")
    return int(text)


def above_zero(text: str) -> float:
    """A number above zero, such as a factor or seconds."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above zero")
    return value


def add_browser(parser: argparse.ArgumentParser) -> None:
    """Which browser, how large, whose profile."""
    group = parser.add_argument_group("browser")
    group.add_argument("--headed", action="store_true", help="show the browser")
    group.add_argument("--profile", metavar="DIR", help="keep cookies and logins in this folder")
    group.add_argument("--cdp", metavar="URL", help="use a running browser, by its debugging URL")
    group.add_argument("--size", type=size, metavar="WxH", help="window, such as 1280x800")
    group.add_argument("--scale", type=above_zero, default=1.0, metavar="N", help="device scale")
    group.add_argument("--zoom", type=above_zero, default=1.0, metavar="N", help="page zoom")


def add_desktop(parser: argparse.ArgumentParser) -> None:
    """Which screen of which desktop."""
    group = parser.add_argument_group("desktop (--env desktop)")
    group.add_argument(
        "--virtual", action="store_true", help="a screen of the agent's own, not yours"
    )
    group.add_argument(
        "--monitor",
        default="pointer",
        metavar="N",
        help="its number, all, pointer (default: where the pointer is), or WxH+X+Y",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="say what would be done first, and do nothing"
    )


def add_phone(parser: argparse.ArgumentParser) -> None:
    """Which phone."""
    group = parser.add_argument_group("phone (--env android, --env virtual-phone)")
    group.add_argument(
        "--serial", metavar="NAME", help="the phone's, as `qvl-agent devices` shows it"
    )
