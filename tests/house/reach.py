"""What the code can come to: from each function of Python and SQL, the functions it may call. Reads text, runs nothing.

It errs on the side of too many calls: a function that may write an entry on one path counts as one that does.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.house.files import PACKAGES, files, name_of

SQL_NAME = re.compile(r"(?:tenants|campaigns|dialer|procrastinate)_[a-z_]+(?:_v[0-9]+)?\Z")
_FUNCTION = re.compile(
    r"create (?:or replace )?function\s+(\w+)\s*\(.*?\bas\s+\$(\w*)\$(.*?)\$\2\$", re.IGNORECASE | re.DOTALL
)
_WRITES = re.compile(
    r"\b(insert\s+into|update\s+\w+\s+(?:\w+\s+)?set|delete\s+from|setval|nextval)\b", re.IGNORECASE
)
_ENTRY = re.compile(r"\binsert\s+into\s+tenants_entry\b", re.IGNORECASE)
_ORM_WRITES = frozenset(
    {"create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete", "raw"}
)

Graph = Mapping[str, set[str]]


@dataclass(slots=True)
class Code:
    """A program as a graph: `calls` from name to names, `acts` those that write by themselves."""

    calls: dict[str, set[str]] = field(default_factory=dict)
    acts: set[str] = field(default_factory=set)


def reaching(calls: Graph, targets: Iterable[str]) -> set[str]:
    """Every name from which one of the targets can be reached, the targets with them."""
    callers: dict[str, set[str]] = {}
    for name, called in calls.items():
        for one in called:
            callers.setdefault(one, set()).add(name)
    found, waiting = set(), list(targets)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(callers.get(name, ()))
    return found


def sql_bodies(texts: Iterable[str]) -> dict[str, str]:
    """The body of every function in these texts; of one that is made anew, the last."""
    return {name: body for text in texts for name, _, body in _FUNCTION.findall(text)}


def sql_graph(bodies: Mapping[str, str]) -> tuple[Graph, set[str], set[str]]:
    """Calls between SQL functions, those that can write anything, and those that can write an entry."""
    words = {name: set(re.findall(r"\w+", re.sub(r"--[^\n]*", "", body))) for name, body in bodies.items()}
    calls = {name: (found & bodies.keys()) - {name} for name, found in words.items()}
    writes = reaching(calls, [name for name, body in bodies.items() if _WRITES.search(body)])
    entries = reaching(calls, [name for name, body in bodies.items() if _ENTRY.search(body)])
    return calls, writes, entries


def shipped_sql() -> dict[str, str]:
    """Every SQL function of the product by its shipped files, in the order they are loaded."""
    paths = sorted(
        files(".up.sql", under=PACKAGES), key=lambda path: (PACKAGES.index(path.parts[-3]), path.name)
    )
    return sql_bodies(path.read_text(encoding="utf-8") for path in paths)


def product() -> Code:
    """The Python of the three packages, migrations left out."""
    code = Code()
    for path in files(".py", under=PACKAGES):
        name = name_of(path)
        if "/migrations/" not in name:
            module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            read_module(code, module, path.read_text(encoding="utf-8"))
    return code


def read_module(code: Code, module: str, text: str) -> None:
    """Add a module: its functions, methods (`module.Class.method`) and names given at its top."""
    tree = ast.parse(text)
    known = dict(_imports(tree))
    for node in tree.body:
        for name in _names(node):
            known[name] = f"{module}.{name}"
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            methods = [step for step in node.body if isinstance(step, ast.FunctionDef | ast.AsyncFunctionDef)]
            # Whoever names a class may call every method of it.
            code.calls[f"{module}.{node.name}"] = {f"{module}.{node.name}.{step.name}" for step in methods}
            for step in methods:
                _add(code, f"{module}.{node.name}.{step.name}", step, known, owner=f"{module}.{node.name}")
        else:
            for name in _names(node):
                _add(code, f"{module}.{name}", node, known)


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def _add(code: Code, name: str, node: ast.AST, known: Mapping[str, str], owner: str = "") -> None:
    called: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in known:
            called.add(known[part.id])
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            if part.value.id in ("self", "cls") and owner:
                called.add(f"{owner}.{part.attr}")
            elif part.value.id in known:
                called.add(f"{known[part.value.id]}.{part.attr}")
        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and SQL_NAME.match(part.value):
            called.add(part.value)
        if isinstance(part, ast.Call) and _is_write(part):
            code.acts.add(name)
    code.calls.setdefault(name, set()).update(called - {name})


def _is_write(call: ast.Call) -> bool:
    """Whether a call writes through the ORM: on a manager, or the saving of a row."""
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr == "save":
        return not call.args and all(word.arg in ("update_fields", None) for word in call.keywords)
    return call.func.attr in _ORM_WRITES and ".objects" in ast.unparse(call.func.value)
