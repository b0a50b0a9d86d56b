"""Every key a module of the page asks for has words, and no words are left over."""

import re
from pathlib import Path

from dialer.console.messages import PAUSE_REASONS
from dialer.console.page_words import PAGE_WORDS
from dialer.templatetags.keyhole import clock, contact_ref, initials

ROOT = Path(__file__).resolve().parents[3]
MODULES = ROOT / "dialer/static/dialer/js/console"
SPRITE = ROOT / "dialer/static/dialer/img/icons.svg"
# Keys put together at run time begin with one of these.
BUILT = ("state.", "why.", "reason.", "result.", "hint.", "over.", "locked.")


def asked() -> set[str]:
    text = "".join(path.read_text() for path in MODULES.glob("*.js"))
    return set(re.findall(r'"([a-z]+\.[a-z_]+)"', text)) | set(re.findall(r'say\("([a-z_.]+)"', text))


def test_every_key_asked_for_has_words() -> None:
    keys = {key for key in asked() if key.split(".")[0] in {word.split(".")[0] for word in PAGE_WORDS}}
    assert keys
    assert keys <= PAGE_WORDS.keys(), keys - PAGE_WORDS.keys()


def test_no_words_are_left_over() -> None:
    left = {key for key in PAGE_WORDS if not key.startswith(BUILT)} - asked()
    assert not left


def test_every_reason_an_agent_gives_has_words() -> None:
    assert all(f"reason.{reason}" in PAGE_WORDS for reason in PAUSE_REASONS)


def test_modules_never_parse_markup_and_never_store() -> None:
    for path in MODULES.glob("*.js"):
        text = path.read_text()
        for banned in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "localStorage",
            "sessionStorage",
            "eval(",
        ):
            assert banned not in text, (path.name, banned)


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', SPRITE.read_text()))
    named = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([a-z]+)"', path.read_text())
    }
    assert named
    assert named <= drawn, named - drawn


def test_a_contact_is_named_in_eight_letters_without_look_alikes() -> None:
    assert contact_ref("0190a3c0-0000-7000-8000-000000000000") == "C-0000-0000"
    assert contact_ref("0190a3c0-0000-7000-8000-00ffffffffff") == "C-ZZZZ-ZZZZ"
    assert contact_ref("0190a3c0-0000-7000-8000-000000000020") == "C-0000-0010"
    assert contact_ref(None) == ""


def test_times_and_initials_are_written_short() -> None:
    assert (clock(247), clock(3671), clock(None)) == ("4:07", "1:01:11", "")
    assert (initials("Marta Nowak"), initials("Cher"), initials("")) == ("MN", "C", "")
