"""How much sooner MiniWoB++ is played on a local Ray cluster of two nodes than by one process.

    python benchmarks/cluster.py [--seeds 3] [--json]

The same episodes of the scripted oracles twice, each command whole: the cluster's time holds the
start of its workers and the way home of the results, which must be the same, task by task.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TASKS = (
    "click-test", "click-button", "enter-text", "login-user", "click-checkboxes", "email-inbox",
    "use-slider", "click-option", "search-engine", "click-tab-2", "enter-password",
    "highlight-text",
)  # fmt: skip
Rows = list[tuple[str, int, str]]


def play(seeds: int, *more: str) -> tuple[float, Rows]:
    """Seconds of the whole command, and task, seed and outcome of each episode."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "qvl_agent", "bench", "miniwob", "--oracle", "--seeds",
                   str(seeds), "--tasks", ",".join(TASKS), "--out", folder, *more]  # fmt: skip
        began = time.perf_counter()
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        took = time.perf_counter() - began
        if done.returncode:
            sys.exit(done.stderr.strip())
        lines = (Path(folder) / "results.jsonl").read_text("utf-8").splitlines()[1:]
    rows = map(json.loads, lines)
    return took, sorted((row["kind"], row["seed"], row["outcome"]) for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="a machine-readable last line")
    args = parser.parse_args()
    from ray import cluster_utils

    cluster: Any = cluster_utils.Cluster()
    try:
        for _ in range(2):
            cluster.add_node(num_cpus=1, include_dashboard=False)
        shared, theirs = play(args.seeds, "--ray", "2", "--ray-address", cluster.address)
    finally:
        cluster.shutdown()
    alone, ours = play(args.seeds)
    if ours != theirs:
        sys.exit("the cluster's results are not those of one process")
    told = {"episodes": len(ours), "one_process": round(alone, 1), "two_nodes": round(shared, 1),
            "ratio": round(alone / shared, 2)}  # fmt: skip
    print(f"{len(ours)} episodes: one process {alone:.1f} s, two nodes {shared:.1f} s")
    if args.json:
        print(json.dumps(told))


if __name__ == "__main__":
    main()
