"""Finds entries about the log's keys that the signer did not write: over such an entry it must never sign.

Anybody who can insert a row could name a key of his own there, and add its signature beside the log's.
"""

from collections.abc import Collection, Iterable

from tenants.ledger.canonical import EntryError, decode_entry

# Inside a text a quotation mark is escaped, so this stands in an entry only where its event does.
_MARK = b'"event":"ledger:key:'


def find_foreign_key(entries: Iterable[tuple[int, bytes]], own: Collection[str]) -> int | None:
    """Return the position of the first entry that names a new key which is not among one's `own` vkeys; else None."""
    for position, octets in entries:
        if _MARK not in octets:
            continue
        try:
            named = decode_entry(octets)["details"].get("new_key")
        except EntryError:
            return position
        if not isinstance(named, str) or named not in own:
            return position
    return None
