"""Folders that last as long as their process, and those that a killed process left."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

_NAMED = re.compile(r"qvl-[a-z]+-(\d+)-")


def own_folder(kind: str) -> tempfile.TemporaryDirectory[str]:
    """A folder for files of this process; those of processes that are gone are removed first."""
    sweep()
    prefix = f"qvl-{kind}-{os.getpid()}-"
    return tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)


def sweep() -> list[Path]:
    """Remove what killed processes left, and say what that was."""
    root = Path(tempfile.gettempdir())
    found = [(path, _NAMED.match(path.name)) for path in root.glob("qvl-*")]
    left = [path for path, named in found if named and not alive(int(named[1]))]
    for path in left:
        # Another process may be sweeping too, and a folder of another user stays.
        shutil.rmtree(path, ignore_errors=True)
    return left


def alive(pid: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
