"""Reports speak the firm's language: every text is translated, with the same places, and the .mo says what the .po says."""

import re

import polib
import pytest

from tests.house.words import LANGUAGES, all_words, catalog

ADVICE = "Run `python -m tests.house.words`, translate what is empty in django.po, and run it again."


def untranslated(words: set[str], translated: dict[str, str]) -> list[str]:
    """Texts without a translation."""
    return sorted(text for text in words if not translated.get(text))


def misplaced(translated: dict[str, str]) -> list[str]:
    """Texts whose translation has other places to fill in."""
    places = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z]+\}")
    return sorted(
        text
        for text, said in translated.items()
        if sorted(places.findall(text)) != sorted(places.findall(said))
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_a_report_is_translated(language: str) -> None:
    translated = {entry.msgid: entry.msgstr for entry in polib.pofile(str(catalog(language)))}
    assert untranslated(all_words(), translated) == [], ADVICE
    assert misplaced(translated) == []
    assert set(translated) == all_words(), ADVICE
    assert untranslated({"Month", "planted"}, translated) == ["planted"]
    assert misplaced({"%(n)d rows": "filas"}) == ["%(n)d rows"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_was_written(language: str) -> None:
    written = {entry.msgid: entry.msgstr for entry in polib.pofile(str(catalog(language)))}
    compiled = {
        entry.msgid: entry.msgstr for entry in polib.mofile(str(catalog(language).with_suffix(".mo")))
    }
    assert compiled == written, ADVICE
    assert len(written) > 300


def test_texts_are_found_where_they_are_used() -> None:
    words = all_words()
    for text in (
        "Monthly access review",
        "Signed in",
        "Nothing unusual",
        "outside calling hours",
        "Audit pack",
    ):
        assert text in words
