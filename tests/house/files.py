"""The files of the project, as the house rules see them: what is tracked or about to be. Holds no rule."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("tenants", "campaigns", "dialer")


def files(*endings: str, under: tuple[str, ...] = ()) -> list[Path]:
    """Every file of the project with one of the endings, under one of the folders if any are given."""
    said = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [ROOT / line for line in said.stdout.splitlines() if line.endswith(endings)]
    return [
        path for path in found if path.is_file() and (not under or path.relative_to(ROOT).parts[0] in under)
    ]


def name_of(path: Path) -> str:
    """The path inside the project."""
    return path.relative_to(ROOT).as_posix()


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a Python file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
