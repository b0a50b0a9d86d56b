"""The words of reports and their translations: `python -m tests.house.words` brings the catalogs up to date.

It adds what is new to each django.po, drops what is gone and writes django.mo. It translates nothing.
"""

import ast
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import polib

from tests.house.files import ROOT

LOCALE = ROOT / "dialer" / "locale"
LANGUAGES = ("es", "pl")
# Words of the pages alone, which are not translated.
PAGE_ONLY = {"pages.py", "review_pages.py", "forms.py", "errors.py", "queries.py"}
_CALLS = {"_", "gettext", "gettext_lazy"}
_HEAD = {
    "Project-Id-Version": "Keyhole",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}


def words_of(path: Path) -> set[str]:
    """Every text a module has translated."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in _CALLS
            and node.args
        ):
            found.add(ast.literal_eval(node.args[0]))
    return found


def shared_words() -> set[str]:
    """What reports take from elsewhere: the words of events and reasons, and the labels of states and kinds."""
    from django.utils.translation import override

    from campaigns.planning.models import Campaign, Column
    from tenants.firms.models import Engagement
    from tenants.identity.models import Person, Role
    from tenants.oversight import wording
    from tenants.oversight.models import Incident, Review

    lists: list[Iterable[object]] = [
        (act.words for act in wording.EVENTS.values()),
        wording.CODES.values(),
        wording.STAGES.values(),
        wording.ACTORS.values(),
        Role.labels,
        Person.State.labels,
        Engagement.State.labels,
        Campaign.State.labels,
        Column.Visible.labels,
        Incident.Kind.labels,
        Review.Verdict.labels,
    ]
    with override("en"):
        return {str(text) for texts in lists for text in texts}


def all_words() -> set[str]:
    """Every text that can stand in a report."""
    own = (path for path in (ROOT / "dialer" / "reports").glob("*.py") if path.name not in PAGE_ONLY)
    return shared_words().union(*(words_of(path) for path in own))


def catalog(language: str) -> Path:
    """Where a language's words lie."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def update(language: str) -> int:
    """Bring one catalog up to date; returns how many texts it does not translate."""
    path = catalog(language)
    old = {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))} if path.exists() else {}
    new = polib.POFile(wrapwidth=110)
    new.metadata = {**_HEAD, "Language": language}
    for text in sorted(all_words()):
        flags = ["python-format"] if "%(" in text else []
        new.append(polib.POEntry(msgid=text, msgstr=old.get(text, ""), flags=flags))
    path.parent.mkdir(parents=True, exist_ok=True)
    new.save(str(path))
    new.save_as_mofile(str(path.with_suffix(".mo")))
    return len(new.untranslated_entries())


def main() -> None:
    """Update every catalog, and say what is not translated."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.typing_settings"
    django.setup()
    for language in LANGUAGES:
        sys.stdout.write(f"{language}: {update(language)} without a translation\n")


if __name__ == "__main__":
    main()
