"""List the phones that adb knows; connect to one over the network, or pair with it first."""

from __future__ import annotations

import argparse
import json

from ...actions.errors import EnvError, UserError
from .options import add_json

PAIRS_WITHIN = 30.0


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `devices`."""
    parser.add_argument("--connect", metavar="HOST:PORT", help="connect over the network first")
    parser.add_argument("--disconnect", metavar="HOST:PORT", help="end such a connection")
    parser.add_argument(
        "--pair", nargs=2, metavar=("HOST:PORT", "CODE"), help="with the code that the phone shows"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Do what the options say, then list; exit 1 when no phone can be used."""
    from ...envs.android.devices import ask, devices
    from ...envs.android.server import start_usual, usual

    where = usual()
    start_usual(where)
    for question in questions(args):
        try:
            said = ask(where, question, PAIRS_WITHIN)
        except EnvError as error:
            raise UserError(f"{error}; see docs/android.md") from error
        if said.startswith(("failed", "unable", "cannot")):
            raise UserError(f"adb: {said}; see docs/android.md")
    found = devices(where)
    if args.json:
        print(json.dumps([one._asdict() for one in found]))
    for one in [] if args.json else found:
        print(f"{one.serial:<24} {one.state:<14} {one.model}")
    if not found and not args.json:
        print("no phone is connected; docs/android.md says how")
    return 0 if any(one.state == "device" for one in found) else 1


def questions(args: argparse.Namespace) -> list[str]:
    """What to ask of the adb server before the list."""
    asked: list[str] = []
    if args.pair:
        address, code = args.pair
        if not code.isdecimal():
            raise UserError("the pairing code is the six digits that the phone shows")
        asked.append(f"host:pair:{code}:{address}")
    if args.connect:
        asked.append(f"host:connect:{args.connect}")
    if args.disconnect:
        asked.append(f"host:disconnect:{args.disconnect}")
    return asked
