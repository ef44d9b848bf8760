"""Offer a local checkpoint to other programs, through the OpenAI chat protocol."""

from __future__ import annotations

import argparse
import os
import sys

from ...actions.errors import UserError
from .options import positive

TOKEN = "QVL_AGENT_SERVE_TOKEN"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `serve`."""
    parser.add_argument(
        "--model", metavar="NAME|PATH", help="hub name or folder (default: qvl-mini)"
    )
    parser.add_argument("--device", metavar="NAME", help="cpu, cuda, mps (default: what is free)")
    parser.add_argument("--dtype", metavar="NAME", help="float32, bfloat16, float16")
    parser.add_argument("--port", type=positive, default=8000, metavar="N")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help=f"beyond loopback only with {TOKEN} set",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    token = os.environ.get(TOKEN, "")
    if args.host not in LOOPBACK and not token:
        raise UserError(f"{args.host} can be reached by others: set {TOKEN} to a secret first")
    from ...model.serve import ModelServer
    from .choose import open_local

    model = open_local(args)
    try:
        server = ModelServer(
            model, model.settings.rule, host=args.host, port=args.port, token=token
        )
    except OSError as error:
        raise UserError(
            f"port {args.port} cannot be used ({error.strerror}); name another with --port"
        ) from error
    print(
        f"{model.name} on {model.placement.reason}\nserving at {server.url}; stop with Ctrl-C",
        file=sys.stderr,
    )
    server.serve()
    return 0
