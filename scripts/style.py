"""The style gate: measure the code, print the figures, exit 1 when one is over its limit.

Everything here is read off the syntax tree, so nothing is imported or run. Limits are those of
docs/design.md, section Style.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("actions", "envs", "model", "agent", "tasks")

MEDIAN, NINETIETH, LONGEST = 10, 30, 60
FILE_LINES = 300
BROAD_PER_THOUSAND = 1

LONG_FILES: dict[str, str] = {}
"""Files that may be longer than FILE_LINES, each with its reason."""

MAY_IMPORT: dict[str, frozenset[str]] = {
    "actions": frozenset(),
    "envs": frozenset({"actions"}),
    "model": frozenset({"actions"}),
    "agent": frozenset({"actions", "envs", "model"}),
    "tasks": frozenset({"actions", "envs", "model", "agent"}),
}
"""What a folder may import beside itself."""
UPWARDS = {
    "model/mini/collect.py": "the recipe learns from the practice site; nothing imports it",
    "model/mini/paper.py": "likewise, without a screen",
    "model/mini/collect_miniwob.py": "the recipe learns from MiniWoB++; nothing imports it",
    "model/mini/collect_phone.py": "the recipe learns from the virtual phone; nothing imports it",
    "model/mini/rehearse.py": "the recipe plays the real loop; nothing imports it",
    "model/mini/evaluate.py": "the recipe measures with the harness's statistics",
}
"""Files that may import what they otherwise must not, each with its reason."""

HEAVY = frozenset(
    {"torch", "transformers", "tokenizers", "safetensors", "playwright", "pyautogui", "adbutils"}
)
HEAVY_AT_TOP = {
    "model/mini": "the training recipe, which nothing imports while running",
    "model/engine": "the fast path, which is imported where a checkpoint is loaded",
}
"""Files or folders that may load heavy libraries when imported, each with its reason."""

BAD_NAME = re.compile(r"Manager|Handler|Service|[Uu]tils")
BAD_TEXT = {
    re.compile(r"\b" + "TO" + "DO\\b|" + "FIX" + "ME"): "unfinished business",
    re.compile("NotImplemented" + "Error"): "code that is not there",
    re.compile(r"\bissue" + r" #?\d|\bissue" + " #"): "a number only its author understands",
    re.compile(r"(?<![\w.])/(?:work|home|root|Users)" + "/[a-z]"): "a path of one machine",
    re.compile(
        r"pypi\.org|pythonhosted\.org|download\.pytorch|registry\.np" + "m"
    ): "a registry host",
}
TEXT_FILES = (".py", ".md", ".toml", ".txt", ".sh", ".css", ".js", ".html", "Makefile", "run")
"""How the names of the files end whose text is searched."""


class Function(NamedTuple):
    """One function: where it is, and how many lines it has."""

    where: str
    lines: int


class Source(NamedTuple):
    """One parsed file; `path` is relative to the root, with forward slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def folder(self) -> str:
        return self.path.split("/")[0]


def read(path: Path, root: Path) -> Source:
    text = path.read_text("utf-8")
    return Source(path.relative_to(root).as_posix(), text, ast.parse(text))


def sources(root: Path) -> list[Source]:
    """Every Python file of the package and of scripts/; tests are judged by their text only."""
    folders = (*FOLDERS, "scripts")
    return [
        read(path, root) for folder in folders for path in sorted((root / folder).rglob("*.py"))
    ]


def functions(source: Source) -> Iterator[Function]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(f"{source.path}:{node.lineno} {node.name}", lines)


def docstring_lines(tree: ast.Module) -> set[int]:
    """Lines of strings that stand as statements: docstrings, and notes under fields."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            case _:
                pass
    return lines


def code_lines(source: Source) -> int:
    """Lines that are not blank, comment or docstring."""
    docs = docstring_lines(source.tree)
    rows = enumerate(source.text.splitlines(), 1)
    return sum(1 for n, row in rows if n not in docs and row.strip() and row.strip()[0] != "#")


def is_broad(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    if isinstance(kind, ast.Tuple):
        return any(is_broad(part) for part in kind.elts)
    return isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")


def broad_handlers(source: Source) -> Iterator[ast.ExceptHandler]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and is_broad(node.type):
            yield node


def swallowed(source: Source) -> Iterator[str]:
    """Broad handlers whose whole body passes on, and `suppress(Exception)`."""
    for handler in broad_handlers(source):
        if all(isinstance(line, ast.Pass | ast.Continue) for line in handler.body):
            yield f"{source.path}:{handler.lineno} swallows every error"
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or not called(node).endswith("suppress"):
            continue
        if any(is_broad(kind) for kind in node.args):
            yield f"{source.path}:{node.lineno} swallows every error"


def called(node: ast.Call) -> str:
    return ast.unparse(node.func)


def unannotated(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        args = node.args
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs]
        every += [arg for arg in (args.vararg, args.kwarg) if arg]
        for arg in every:
            if arg.annotation is None and arg.arg not in ("self", "cls"):
                yield f"{source.path}:{arg.lineno} parameter `{arg.arg}` has no type"


def bad_names(source: Source) -> Iterator[str]:
    if BAD_NAME.search(source.path):
        yield f"{source.path} says nothing in its name"
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if BAD_NAME.search(node.name):
            yield f"{source.path}:{node.lineno} `{node.name}` says nothing in its name"


def bad_text(path: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, why in BAD_TEXT.items():
            if found := pattern.search(line):
                yield f"{path}:{number} `{found.group()}`: {why}"


def imports(source: Source, nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Line and absolute name of every import; ours come as `qvl_agent.folder.module`."""
    package = ["qvl_agent", *source.path.split("/")[:-1]]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{name}.{alias.name}") for alias in node.names)


def against_the_grain(source: Source) -> Iterator[str]:
    """Imports against `actions <- envs, model <- agent <- tasks`; the command line may do all."""
    in_cli = source.path.startswith("agent/cli/")
    if source.folder not in MAY_IMPORT or source.path in UPWARDS:
        return
    for line, name in imports(source, ast.walk(source.tree)):
        parts = name.split(".")
        if parts[0] != "qvl_agent" or len(parts) < 2 or parts[1] not in MAY_IMPORT or in_cli:
            continue
        if parts[1] != source.folder and parts[1] not in MAY_IMPORT[source.folder]:
            yield f"{source.path}:{line} {source.folder} must not import {parts[1]}"
        if parts[1:3] == ["agent", "cli"]:
            yield f"{source.path}:{line} nobody imports the command line"


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported: functions and type-checking blocks left out."""
    for child in ast.iter_child_nodes(node):
        deferred = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        if not deferred and not typing:
            yield child
            yield from at_import(child)


def heavy_imports(source: Source) -> Iterator[str]:
    if any(source.path.startswith(excused) for excused in HEAVY_AT_TOP):
        return
    for line, name in imports(source, at_import(source.tree)):
        if name.split(".")[0] in HEAVY:
            yield f"{source.path}:{line} loads {name.split('.')[0]} when imported"


def fixed_sleeps(source: Source) -> Iterator[str]:
    """`time.sleep`, and Playwright's wait of a literal length, in the loop and environments."""
    if source.folder not in ("agent", "envs"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            name = called(node).split(".")[-1]
            literal = bool(node.args) and isinstance(node.args[0], ast.Constant)
            if name == "sleep" or (name == "wait_for_timeout" and literal):
                yield f"{source.path}:{node.lineno} sleeps instead of waiting for something"


RULES = (
    swallowed, unannotated, bad_names, against_the_grain, heavy_imports, fixed_sleeps,
)  # fmt: skip


def length_findings(all_sources: Sequence[Source], root: Path) -> Iterator[str]:
    for source in all_sources:
        lines = code_lines(source)
        if lines >= FILE_LINES and source.path not in LONG_FILES:
            yield f"{source.path} has {lines} lines of code (limit {FILE_LINES - 1})"
        for function in functions(source):
            if function.lines > LONGEST:
                yield f"{function.where} has {function.lines} lines (limit {LONGEST})"
    for path in {*LONG_FILES, *HEAVY_AT_TOP, *UPWARDS}:
        if root == ROOT and not (root / path).exists():
            yield f"scripts/style.py excuses {path}, which is not there"


def texts(root: Path) -> Iterator[Path]:
    """Every file that people read; what is built, and the links under src/, are left out."""
    for top in sorted(root.iterdir()):
        built = top.name in ("src", "build", "dist") or top.name.endswith(".egg-info")
        if built or (top.name.startswith(".") and top.name != ".ci"):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and path.name.endswith(TEXT_FILES):
                yield path


def text_findings(root: Path) -> Iterator[str]:
    for path in texts(root):
        yield from bad_text(path.relative_to(root).as_posix(), path.read_text("utf-8"))


def quantile(ordered: Sequence[int], share: float) -> int:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def figures(all_sources: Sequence[Source]) -> Iterator[tuple[str, float, float]]:
    """Name, value and limit of every figure of the whole."""
    lengths = sorted(f.lines for source in all_sources for f in functions(source))
    code = sum(code_lines(source) for source in all_sources)
    broad = sum(1 for source in all_sources for _ in broad_handlers(source))
    yield "function lines, median", quantile(lengths, 0.5), MEDIAN
    yield "function lines, 90th percentile", quantile(lengths, 0.9), NINETIETH
    yield "function lines, longest", lengths[-1], LONGEST
    yield "broad handlers per 1,000 lines", round(1000 * broad / code, 2), BROAD_PER_THOUSAND


def findings(root: Path) -> list[str]:
    """Everything wrong under `root`, one line each, with its place first."""
    all_sources = sources(root)
    found = [line for rule in RULES for source in all_sources for line in rule(source)]
    found += [*length_findings(all_sources, root), *text_findings(root)]
    found += [
        f"{name}: {value:g} is over {limit:g}"
        for name, value, limit in figures(all_sources)
        if value > limit
    ]
    return sorted(set(found))


def main(root: Path) -> int:
    all_sources = sources(root)
    code = sum(code_lines(source) for source in all_sources)
    print(f"{'files':34}{len(all_sources):8}")
    print(f"{'lines of code':34}{code:8}")
    for name, value, limit in figures(all_sources):
        print(f"{name:34}{value:8g}   limit {limit:g}")
    found = findings(root)
    print("\n".join(found) if found else "style: nothing to report")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
