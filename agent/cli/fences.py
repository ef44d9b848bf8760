"""What a run is kept from, whatever the model says."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, nullcontext
from urllib.parse import urlsplit

from ...actions.errors import UserError
from ..offline import is_local, only_this_machine


def fenced(args: argparse.Namespace) -> AbstractContextManager[None]:
    """Nothing beyond this machine, where that was asked for; UserError for what would need it."""
    if not args.offline:
        return nullcontext()
    server = urlsplit(args.model or "")
    if server.scheme in ("http", "https") and not is_local(server.hostname):
        raise UserError(
            f"--offline, and the model is at {server.hostname}; use one on this machine"
        )
    return only_this_machine()
