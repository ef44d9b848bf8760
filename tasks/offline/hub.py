"""The published sets from the Hugging Face hub, written down in the schema that the loaders read.

Nothing is fetched unless it is asked for, and nothing is redistributed: some sets carry no licence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...actions.errors import UserError
from .sets import SETS

FILES = {"screenspot-v2": "*", "screenspot-pro": "*"}
"""Sets that lie on the hub as the files of their publishers; the others are tables."""


def fetch(name: str, folder: Path) -> None:
    """Bring a set into a folder; UserError when the hub does not have it or cannot be reached."""
    known = SETS.get(name)
    if known is None or not known.hub:
        raise UserError(f"{name} is not on the hub in a known form; name a local copy as --data")
    try:
        if name in FILES:
            _files(known.hub, folder)
        else:
            _table(known.hub, folder, name)
    except ImportError as error:
        raise UserError(f"{error.name} is not installed; pip install 'qvl-agent[hub]'") from error
    except (OSError, ValueError) as error:
        cause = " ".join(str(error).split())[:200]
        raise UserError(
            f"{known.hub} could not be fetched ({cause}); name a copy as --data"
        ) from error


def _files(repository: str, folder: Path) -> None:
    import huggingface_hub

    hub: Any = huggingface_hub
    hub.snapshot_download(repository, repo_type="dataset", local_dir=folder)
    for archive in folder.glob("*.zip"):
        _unpack(archive, folder)


def _unpack(archive: Path, folder: Path) -> None:
    """Every file of an archive that stays inside the folder."""
    import zipfile

    with zipfile.ZipFile(archive) as packed:
        for name in packed.namelist():
            if not (folder / name).resolve().is_relative_to(folder.resolve()):
                raise UserError(f"{archive} would write outside {folder}: {name}")
        packed.extractall(folder)


def _table(repository: str, folder: Path, name: str) -> None:
    import datasets  # pyright: ignore

    hub: Any = datasets
    table: Iterable[Mapping[str, Any]] = hub.load_dataset(repository, split="test")
    write_table(table, folder, name)


def write_table(rows: Iterable[Mapping[str, Any]], folder: Path, name: str) -> None:
    """A table's pictures as files, and its rows as annotations that say the pictures' sizes."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    written: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        plain = {key: value for key, value in row.items() if key != "image"}
        file = f"{number:05d}.png"
        row["image"].convert("RGB").save(folder / "images" / file)
        size = list(row["image"].size)
        if name == "osworld-g":
            written.append(plain | {"image_path": file, "image_size": size})
        else:
            written.append(plain | {"file_name": file, "img_size": size})
    (folder / f"{name}.json").write_text(json.dumps(written), encoding="utf-8")
