"""The tools that judge the code find nothing: format, faults, types, the arrow of imports, templates, known weaknesses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.files import PACKAGES, ROOT

BIN = Path(sys.executable).parent
# What the security linter sees and is not so, by file: nothing else may join without a reason.
KNOWN = {
    ("B608", "dialer/demo/stage.py"): "the name of a function is composed; its arguments are bound",
    ("B608", "tenants/oversight/queries.py"): "the inner statement is the ORM's own; every value is bound",
    ("B108", "dialer/runtime/folders.py"): "a folder of mode 0700 is made there, for a socket's short path",
    ("B104", "dialer/runtime/services.py"): "an address that is compared with, not bound to",
}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of the environment on the project."""
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("djlint", "--lint", "--quiet", "templates"),
        pytest.param(("lint-imports", "--no-logo"), marks=pytest.mark.full),
        pytest.param(("mypy",), marks=pytest.mark.full),
    ],
    ids=lambda command: command[0] + command[1] if len(command) > 1 else command[0],
)
def test_the_tool_finds_nothing(command: tuple[str, ...]) -> None:
    said = run(*command)
    assert said.returncode == 0, said.stdout[-4000:] + said.stderr[-2000:]


def test_the_tools_find_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import os\ndef f( a ):\n  return eval(a)\n", encoding="utf-8")
    assert run("ruff", "check", str(wrong)).returncode == 1
    assert run("ruff", "format", "--check", str(wrong)).returncode == 1
    page = tmp_path / "wrong.html"
    page.write_text('<div><a href="x" onclick="y()">z</a><img src="q"></div></div>', encoding="utf-8")
    assert run("djlint", "--lint", "--quiet", str(page)).returncode == 1


def weaknesses(*targets: str) -> set[tuple[str, str]]:
    """Findings of the security linter as (rule, file)."""
    said = run("bandit", "-q", "-r", "-f", "json", "-c", "pyproject.toml", *targets)
    found = json.loads(said.stdout)
    assert found["errors"] == []
    return {(row["test_id"], row["filename"].removeprefix("./")) for row in found["results"]}


@pytest.mark.full
def test_the_security_linter_finds_nothing_new(tmp_path: Path) -> None:
    assert weaknesses(*PACKAGES) - set(KNOWN) == set()
    planted = tmp_path / "planted.py"
    planted.write_text("import pickle\npickle.loads(b'')\n", encoding="utf-8")
    assert {rule for rule, _ in weaknesses(str(planted))} >= {"B301"}


def test_migrations_are_what_the_models_say() -> None:
    said = subprocess.run(
        [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run", *PACKAGES],
        cwd=ROOT,
        env={**os.environ, "KEYHOLE_PROCESS": "owner"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
