"""One benchmark in several processes: on this machine, or on a Ray cluster."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from ...actions.errors import UserError

T = TypeVar("T")
NOT_PASSED_ON = ("name", "out", "jobs", "part", "json", "ray", "ray_address", "bundled", "env")
REFUSED = 2
"""How a command ends that cannot be begun."""


def words(args: argparse.Namespace, folder: Path) -> list[str]:
    """The same command again, for one process."""
    found = [sys.executable, "-m", "qvl_agent", "bench", args.name, "--out", str(folder)]
    for name, value in vars(args).items():
        option = f"--{name.replace('_', '-')}"
        if name in NOT_PASSED_ON or value is None or value is False:
            continue
        found += [option] if value is True else [option, str(value)]
    return found


def share_out(args: argparse.Namespace, folder: Path) -> None:
    """Play in several processes that add to one journal; what they leave out is played after."""
    shares = [
        subprocess.Popen(
            [*words(args, folder), "--part", f"{i}/{args.jobs}"], stdout=subprocess.DEVNULL
        )
        for i in range(1, args.jobs + 1)
    ]
    try:
        for share in shares:
            begun(share.wait())
    finally:
        for share in shares:
            share.terminate()
        for share in shares:
            share.wait(60)


def begun(code: int) -> None:
    """UserError for a share that could not be begun: whatever else it left out is played after."""
    if code == REFUSED:
        raise UserError("a share of the benchmark was refused; its own line above says why")


def share_on_ray(args: argparse.Namespace, folder: Path) -> None:
    """The same on a cluster; each share's results come home when it is finished.

    Without an address a cluster is started on this machine, and ended afterwards. UserError when
    ray is not installed.
    """
    from ...tasks.benchmark import JOURNAL

    try:
        import ray
    except ImportError as error:
        raise UserError("ray is not installed; pip install 'qvl-agent[ray]'") from error
    api: Any = ray
    file = folder / JOURNAL
    kept = file.read_bytes() if file.exists() else b""
    api.init(
        address=args.ray_address, num_cpus=None if args.ray_address else args.ray,
        include_dashboard=False, log_to_driver=False, logging_level="ERROR",
    )  # fmt: skip
    try:
        # Spread: a node that plays two shares while another plays none is no gain.
        remote: Any = api.remote(num_cpus=1, scheduling_strategy="SPREAD")(play_share)
        options = words(args, Path())[7:]
        shares = [
            remote.remote(args.name, options, f"{i}/{args.ray}", kept)
            for i in range(1, args.ray + 1)
        ]
        while shares:
            done, shares = api.wait(shares)
            bring_home(api.get(done[0]), kept, file)
    finally:
        api.shutdown()


def play_share(name: str, options: list[str], part: str, kept: bytes) -> bytes:
    """One share's journal, played in a folder of its own that begins with what was kept."""
    from ...tasks.benchmark import JOURNAL

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / JOURNAL
        if kept:
            file.write_bytes(kept)
        command = [sys.executable, "-m", "qvl_agent", "bench", name, "--out", folder, *options]
        done = subprocess.run([*command, "--part", part], stdout=subprocess.DEVNULL, check=False)
        begun(done.returncode)
        return file.read_bytes() if file.exists() else b""


def bring_home(journal: bytes, kept: bytes, file: Path) -> None:
    """Add what a share has played; the first share that has a first line brings it too."""
    whole = journal[: journal.rfind(b"\n") + 1]
    if not whole:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    first, _, rest = whole.partition(b"\n")
    known = file.exists()
    new = rest[len(kept.partition(b"\n")[2]) :]
    with file.open("ab") as out:
        out.write(new if known else first + b"\n" + new)


def part(items: Sequence[T], which: str) -> list[T]:
    """Every n-th item from the i-th on; `i/n` counts from one. UserError for anything else."""
    first, slash, count = which.partition("/")
    if not (slash and first.isdecimal() and count.isdecimal() and 1 <= int(first) <= int(count)):
        raise UserError(f"{which!r} is no part; write 1/4 for the first of four")
    return list(items[int(first) - 1 :: int(count)])
