"""qvl-mini: the bundled checkpoints and the recipe that makes them."""

from pathlib import Path

MINI, TOUCH = "qvl-mini", "qvl-mini-touch"
"""The one that knows the practice site, and the one that knows the virtual phone and MiniWoB++."""
FOLDERS = {MINI: "checkpoint", TOUCH: "touch"}


def checkpoint_path(name: str = MINI) -> Path:
    """The folder of a bundled checkpoint, loadable by plain transformers."""
    return Path(__file__).parent / FOLDERS[name]
