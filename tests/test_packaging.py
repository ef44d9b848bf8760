"""What a wheel holds: one package, every module, every data file."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("actions", "agent", "envs", "model", "tasks")
MIB = 2**20


def shipped(folder: str) -> set[str]:
    """Every file of a folder, under the name it has in the wheel."""
    paths = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file())
    return {f"qvl_agent/{path.as_posix()}" for path in paths if "__pycache__" not in path.parts}


def build(tree: Path) -> zipfile.ZipFile:
    """The wheel of a source tree, built with the setuptools of this environment."""
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", str(tree / "wheels")]
    command = [sys.executable, "-m", "pip", "wheel", *options, str(tree)]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    (wheel,) = (tree / "wheels").glob("*.whl")
    return zipfile.ZipFile(wheel)


def copy_sources(tree: Path) -> None:
    ignore = shutil.ignore_patterns("__pycache__")
    for folder in (*FOLDERS, "src"):
        shutil.copytree(ROOT / folder, tree / folder, symlinks=True, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree / name)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    tree = tmp_path_factory.mktemp("tree")
    copy_sources(tree)
    return build(tree)


def test_the_wheel_holds_one_package_and_its_metadata(wheel: zipfile.ZipFile) -> None:
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"qvl_agent"}
    assert len(top) == 2


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_wheel_holds_every_file_of(folder: str, wheel: zipfile.ZipFile) -> None:
    missing = sorted(shipped(folder) - set(wheel.namelist()))
    assert not missing, "add them to `packages` or `package-data` in pyproject.toml"


def test_the_wheel_holds_the_licence_and_the_type_marker(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert "qvl_agent/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_wheel_is_small_enough_to_ship(wheel: zipfile.ZipFile) -> None:
    weights = {
        entry.filename: entry.file_size / MIB
        for entry in wheel.infolist()
        if entry.filename.endswith((".safetensors", ".bin", ".pt"))
    }
    assert len(weights) == 2
    assert max(weights.values()) <= 24, weights


def test_an_unpacked_wheel_is_importable_from_anywhere(
    wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    wheel.extractall(tmp_path / "site")
    program = "import qvl_agent.agent.cli as cli; print(cli.__file__)"
    command = [sys.executable, "-c", program]
    result = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        timeout=60,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(result.stdout.strip()).is_relative_to(tmp_path / "site")


def test_a_checkout_without_links_builds_the_same_wheel(
    wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    copy_sources(tmp_path)
    for link in (tmp_path / "src" / "qvl_agent").iterdir():
        if link.is_symlink():
            link.unlink()
    assert build(tmp_path).namelist() == wheel.namelist()


def test_every_sub_package_is_declared() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    declared = set(settings["tool"]["setuptools"]["packages"])
    found = {
        ".".join(["qvl_agent", *path.parent.relative_to(ROOT).parts])
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert found | {"qvl_agent"} == declared


@pytest.mark.parametrize("folder", FOLDERS)
def test_editors_reach_every_folder_through_its_link(folder: str) -> None:
    link = ROOT / "src" / "qvl_agent" / folder
    if not link.is_symlink():
        pytest.skip("this checkout has no links")
    assert link.resolve() == ROOT / folder
    assert not link.readlink().is_absolute()


def test_there_are_no_other_links() -> None:
    links = {path.name for path in (ROOT / "src" / "qvl_agent").iterdir() if path.is_symlink()}
    assert links <= set(FOLDERS)
