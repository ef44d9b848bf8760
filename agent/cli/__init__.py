"""The command line: one module per command, loaded when it is asked for."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import NoReturn

from ...actions.errors import EnvError, ModelError, UserError

COMMANDS = {
    "run": "do something on a screen, and say whether it was done",
    "resume": "go on with a run that was killed or stopped",
    "show": "print a run, or make its report",
    "bench": "run a benchmark, and say how sure its score is",
    "redteam": "attack the fences with hostile pages and screens, and say what held",
    "ground": "find something on a picture",
    "calibrate": "say in which coordinates a model answers",
    "parse": "say what a reply means in a dialect",
    "serve": "offer a local checkpoint to other programs",
    "phone": "start a virtual Android phone, and say how to connect",
    "devices": "list the phones that adb knows",
    "models": "list checkpoints, and which fit this machine",
    "doctor": "say what is missing here, and how to get it",
}
ENDS = {UserError: 2, ModelError: 15, EnvError: 16}
"""Exit codes of errors that happen before or after an episode."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of printing the usage."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see {self.prog} --help")


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the process's exit code."""
    words = sys.argv[1:] if argv is None else argv
    try:
        return _command(words)
    except (UserError, ModelError, EnvError) as error:
        print(f"qvl-agent: {one_line(error)}", file=sys.stderr)
        return ENDS[type(error)]
    except KeyboardInterrupt:
        print("qvl-agent: stopped", file=sys.stderr)
        return 17
    except BrokenPipeError:
        return 0
    finally:
        _flush()


def _flush() -> None:
    """Write what is buffered: nowhere when nobody reads, so that the end of Python is silent."""
    out = sys.stdout
    if out is None:  # Started with its output closed.
        return
    try:
        out.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, out.fileno())
        os.close(nowhere)


def _command(words: list[str]) -> int:
    name = words[0] if words else ""
    if name not in COMMANDS:
        return _overview(words)
    module = import_module(f".{name}", __name__)
    parser = Parser(prog=f"qvl-agent {name}", description=module.__doc__)
    module.add(parser)
    code: int = module.run(parser.parse_args(words[1:]))
    return code


def _overview(words: list[str]) -> int:
    """Help and version; nothing of any command is loaded for them."""
    from qvl_agent import __version__

    lines = "\n".join(f"  {name:<9} {what}" for name, what in COMMANDS.items())
    parser = Parser(
        prog="qvl-agent",
        usage="qvl-agent COMMAND ...",
        description="Let a local Qwen-VL model use a browser, a desktop or an Android phone.",
        epilog=f"commands:\n{lines}\n\n`qvl-agent COMMAND --help` shows its options.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"qvl-agent {__version__}")
    _, unknown = parser.parse_known_args(words)
    if unknown:
        known = ", ".join(COMMANDS)
        raise UserError(f"there is no command {unknown[0]!r}; use one of {known}")
    parser.print_help()
    return 2


def one_line(error: Exception) -> str:
    """An error's message without line breaks."""
    return " ".join(str(error).split())
