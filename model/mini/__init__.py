"""qvl-mini: the bundled checkpoint and the recipe that makes it."""

from pathlib import Path


def checkpoint_path() -> Path:
    """The folder of the bundled checkpoint, loadable by plain transformers."""
    return Path(__file__).parent / "checkpoint"
