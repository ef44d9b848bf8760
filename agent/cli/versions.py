"""What is installed, read without importing it."""

from __future__ import annotations

import platform
from importlib import metadata

PACKAGES = ("torch", "transformers", "playwright", "pydantic", "pillow")


def versions() -> dict[str, str]:
    """Versions of what a run depends on; what is not installed is left out."""
    found = {name: version(name) for name in ("qvl-agent", *PACKAGES)}
    here = {"python": platform.python_version(), "system": platform.platform(terse=True)}
    return {**{name: number for name, number in found.items() if number}, **here}


def version(package: str) -> str:
    """A package's version; empty when it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
