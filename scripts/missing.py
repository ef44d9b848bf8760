"""Print the requirements of the given extras that this Python lacks, one per line.

Reads pyproject.toml, so that a ready machine installs nothing and needs no network. Runs before
anything is installed, hence pip's own copy of `packaging`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def requirements(extras: Iterable[str]) -> Iterator[Requirement]:
    """What the project and these extras ask for; an extra may name other extras of ours."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines: list[str] = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    for requirement in map(Requirement, lines):
        if requirement.name == project["name"]:
            yield from requirements(requirement.extras)
        else:
            yield requirement


def installed(requirement: Requirement) -> bool:
    """Whether it is here, in a version that will do, or is not for this machine."""
    if requirement.marker and not requirement.marker.evaluate():
        return True
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)


def project_installed() -> bool:
    """Whether `import qvl_agent` means this checkout, and the command is there."""
    spec = importlib.util.find_spec("qvl_agent")
    ours = spec is not None and spec.origin is not None and ROOT in Path(spec.origin).parents
    return ours and (Path(sys.prefix) / "bin" / "qvl-agent").exists()


def main(extras: list[str]) -> None:
    wanted = {requirement.name: requirement for requirement in requirements(extras)}
    for name, requirement in wanted.items():
        if not installed(requirement):
            print(name)
    if not project_installed():
        print("qvl-agent")


if __name__ == "__main__":
    main(sys.argv[1:])
