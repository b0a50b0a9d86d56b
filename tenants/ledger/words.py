"""The check of an entry in words: four steps, each done, waiting or failed. It must never say more than was checked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants.ledger.entry_check import EntryCheck, Step, short_hash
from tenants.ledger.tiles import WIDTH

_ICONS: Final = {Step.DONE: "check", Step.WAITING: "clock", Step.FAILED: "x"}


@dataclass(frozen=True, slots=True)
class Line:
    """One step: what was asked, what was found, and how it is drawn. `is_hash`: the hint is a hash."""

    state: str
    icon: str
    title: str | Promise
    hint: str | Promise
    is_hash: bool = False


def lines_of(check: EntryCheck, *, has_witness: bool, zone: ZoneInfo) -> list[Line]:
    """Return the four steps of a check in words. Times are read in the firm's zone."""
    return [_unchanged(check), _in_tree(check), _signed(check, zone), _witnessed(check, has_witness, zone)]


def failure_of(check: EntryCheck) -> str:
    """Return what is to be said aloud when a check failed; nothing when none did."""
    if not check.is_broken:
        return ""
    if check.position is None:
        return _(
            "This entry has no place in the signed tree, and all others of its time have one. Call your data officer."
        )
    number = {"number": check.position}
    if check.is_edge and check.unchanged is Step.FAILED and check.leaf:
        number["first"] = check.position // WIDTH * WIDTH
        number["last"] = check.size - 1
        return (
            _(
                "The entries %(first)d to %(last)d do not fit the signed tree: one of them, perhaps this one, was changed. "
                "Call your data officer."
            )
            % number
        )
    if check.unchanged is Step.FAILED:
        return _("Entry %(number)d does not match its hash. Call your data officer.") % number
    if check.in_tree is Step.FAILED:
        return _("Entry %(number)d is not in the tree that was signed. Call your data officer.") % number
    if check.signed is Step.FAILED:
        return _("The newest checkpoint is not signed by a key of your log. Call your data officer.")
    return _("A witness's signature does not fit the signed tree. Call your data officer.")


def _line(step: Step, title: str | Promise, hint: str | Promise, *, is_hash: bool = False) -> Line:
    return Line(str(step), _ICONS[step], title, hint, is_hash)


def _unchanged(check: EntryCheck) -> Line:
    if check.unchanged is Step.DONE:
        hint = _("hash %(hash)s") % {"hash": short_hash(check.leaf)}
        return _line(check.unchanged, _("Entry is unchanged"), hint, is_hash=True)
    if check.unchanged is Step.FAILED:
        return _line(
            check.unchanged, _("Entry was changed"), _("Its fields do not give the hash in the tree.")
        )
    return _line(check.unchanged, _("Entry is unchanged"), _("Checked once it is in the tree."))


def _in_tree(check: EntryCheck) -> Line:
    if check.in_tree is Step.DONE:
        count = len(check.proof)
        steps = ngettext("%(count)d step checked", "%(count)d steps checked", count) % {"count": count}
        return _line(check.in_tree, _("In the tree of %(size)d") % {"size": check.size}, steps)
    if check.in_tree is Step.FAILED:
        return _line(
            check.in_tree,
            _("Not in the signed tree"),
            _("From here no way leads to the root that was signed."),
        )
    return _line(
        check.in_tree, _("In the tree"), _("It waits for the next checkpoint, usually within a second.")
    )


def _signed(check: EntryCheck, zone: ZoneInfo) -> Line:
    if check.signed is Step.DONE and check.signed_at:
        title = _("Checkpoint signed, %(time)s") % {"time": _time(check.signed_at, zone)}
        return _line(check.signed, title, _("key %(key)s") % {"key": ", ".join(check.signers)})
    if check.signed is Step.FAILED:
        return _line(check.signed, _("Checkpoint not signed"), _("No key of your log made this signature."))
    return _line(check.signed, _("Checkpoint signed"), _("There is none that covers this entry yet."))


def _witnessed(check: EntryCheck, has_witness: bool, zone: ZoneInfo) -> Line:
    if check.witnessed is Step.DONE and check.witness:
        title = _("Witness: %(name)s") % {"name": check.witness.name}
        said = {"size": check.witness.size, "time": _time(check.witness.at, zone)}
        return _line(check.witnessed, title, _("countersigned %(size)d entries, %(time)s") % said)
    if check.witnessed is Step.FAILED:
        return _line(
            check.witnessed,
            _("Witness contradicts"),
            _("Its signature is kept here, and does not fit the tree."),
        )
    if has_witness:
        return _line(
            check.witnessed,
            _("Your witness"),
            _("It has not countersigned a checkpoint that covers this entry yet."),
        )
    return _line(
        check.witnessed,
        _("No witness"),
        _("Your firm has none. Register one on the page Proof."),
    )


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return date_format(moment.astimezone(zone), "j M, H:i:s")
