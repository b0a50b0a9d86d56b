"""A script as plain text a manager types, and back. Pure.

`# title` begins a step, `> ` marks an aside that is not said, every other line is said; `? question` begins
what the person may say, and the lines after it are the answer.
"""

import re
from typing import Any

from campaigns.planning.plan import Script

# Fields that exist whatever the list: of the agent and of the firm, never of the called person.
OWN_FIELDS = frozenset({"agent_first_name", "firm"})
MAX_CHARS = 20_000
_FIELD = re.compile(r"\{([^{}\n]{1,120})\}")


class ScriptTextError(ValueError):
    """A line that cannot be placed; `line_no` counts from 1."""

    def __init__(self, line_no: int) -> None:
        super().__init__(f"line {line_no} belongs to no step")
        self.line_no = line_no


def parse_script(text: str) -> Script:
    """Return the script of a text. Raises: ScriptTextError for words before the first title or question."""
    steps: list[dict[str, Any]] = []
    says: list[dict[str, Any]] = []
    into: list[dict[str, Any]] | None = None
    for line_no, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("#"):
            into = []
            steps.append({"title": line.lstrip("#").strip(), "lines": into})
        elif line.startswith("?"):
            into = None
            says.append({"question": line.lstrip("?").strip(), "answer": ""})
        elif not line:
            continue
        elif into is not None:
            aside = line.startswith(">")
            into.append({"kind": "aside" if aside else "say", "text": line.lstrip(">").strip()})
        elif says:
            says[-1]["answer"] = f"{says[-1]['answer']} {line}".strip()
        else:
            raise ScriptTextError(line_no)
    return {"steps": steps, "says": says}


def format_script(script: Script) -> str:
    """Return the text of a script, such that parsing it gives the script again."""
    blocks = []
    for step in script.get("steps", []):
        lines = [f"> {line['text']}" if line["kind"] == "aside" else line["text"] for line in step["lines"]]
        blocks.append("\n".join([f"# {step['title']}", *lines]))
    blocks += [f"? {item['question']}\n{item['answer']}".rstrip() for item in script.get("says", [])]
    return "\n\n".join(blocks)


def unknown_fields(script: Script, columns: set[str]) -> list[str]:
    """Return the merge fields that are neither columns nor our own, in the order they appear."""
    texts = [line["text"] for step in script.get("steps", []) for line in step["lines"]]
    texts += [item["answer"] for item in script.get("says", [])]
    found = (name for text in texts for name in _FIELD.findall(text))
    return list(dict.fromkeys(name for name in found if name not in columns and name not in OWN_FIELDS))
