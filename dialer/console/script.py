"""The words of a call with the person's own put in. Pure; its output is plain text in parts, never markup.

It must never fill in a field that is not shown at that moment: what it is not given, it cannot say.
"""

import re
from collections.abc import Mapping
from typing import Any, TypedDict

_MERGE = re.compile(r"\{([^{}\n]{1,120})\}")


class Part(TypedDict, total=False):
    """One stretch of a line: plain `text`, or `merge` (its label) with its `value` (None: not shown)."""

    text: str
    merge: str
    value: str | None


def render_text(text: str, values: Mapping[str, str], labels: Mapping[str, str]) -> list[Part]:
    """Split a line at its merge fields and fill in those that have a value."""
    parts: list[Part] = []
    at = 0
    for found in _MERGE.finditer(text):
        if found.start() > at:
            parts.append({"text": text[at : found.start()]})
        name = found.group(1).strip()
        parts.append({"merge": labels.get(name, name), "value": values.get(name) or None})
        at = found.end()
    if at < len(text):
        parts.append({"text": text[at:]})
    return parts


def render_script(
    script: Mapping[str, Any] | None, values: Mapping[str, str], labels: Mapping[str, str]
) -> dict[str, Any]:
    """Render a campaign's script.

    Shape: {"steps": [{"title", "lines": [{"kind", "parts"}]}], "says": [{"question", "parts"}]}.
    Anything malformed is left out: a script is written by people of the firm, not by us.
    """
    script = script or {}
    steps = [
        {
            "title": str(step.get("title", "")),
            "lines": [
                {
                    "kind": "aside" if line.get("kind") == "aside" else "say",
                    "parts": render_text(str(line.get("text", "")), values, labels),
                }
                for line in _dicts(step.get("lines"))
            ],
        }
        for step in _dicts(script.get("steps"))
    ]
    says = [
        {
            "question": str(say.get("question", "")),
            "parts": render_text(str(say.get("answer", "")), values, labels),
        }
        for say in _dicts(script.get("says"))
    ]
    return {"steps": steps, "says": says}


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
