"""The steps of coming in: password, second factor, confirming again, and joining by invitation.

SQL decides each step and rotates the session; this derives, asks and follows. It must never learn why not.
"""

import time
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from tenants.db.functions import call
from tenants.identity.enrolment import Enrolment, open_enrolment, seal_enrolment
from tenants.identity.errors import CodeRefused, InvitationGone, SignInLost, SignInRefused
from tenants.identity.passwords import derive_password
from tenants.identity.recovery import hash_code, new_codes
from tenants.identity.sessions import SessionStore
from tenants.identity.tokens import new_token
from tenants.identity.totp import find_step, new_secret, open_secret, seal_secret
from tenants.vault.errors import SealError
from tenants.vault.keyring import Keyring
from tenants.vault.sealed import SealedText

_ENROLMENT: Final = "enrolment"


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from, for the record: address, or None where there is none, and browser."""

    address: str | None
    device: str


def load_person(session: SessionStore) -> dict[str, Any] | None:
    """Load whom the session belongs to, from the first step on (`stage` 1 or 2), or None."""
    if session.session_key is None:
        return None
    person: dict[str, Any] | None = call(
        "tenants_load_person_v1", session.session_key, settings.KEYHOLE_SURFACE
    )
    return person


def give_password(*, session: SessionStore, email: str, password: SealedText, client: Client) -> None:
    """Take the first step: the session moves to a new key that waits for the second factor.

    The derivation runs for everybody, so that an unknown e-mail takes as long as a known one.

    Raises: SignInRefused, the same for every cause.
    """
    raw = derive_password(password, _salt_of(email))
    key = new_token()
    answer = call(
        "tenants_check_password_v1",
        session.session_key or "",
        key,
        settings.KEYHOLE_SURFACE,
        email,
        raw.open_bytes(),
        client.address,
        client.device,
    )
    if answer != "ok":
        raise SignInRefused
    session.move_to(key)


def give_code(*, session: SessionStore, code: str, client: Client, keyring: Keyring) -> None:
    """Take the second step with six digits, or confirm once more when signed in already.

    Raises: SignInLost when there was no first step; CodeRefused, the same for every cause.
    """
    person = load_person(session)
    sealed = call("tenants_load_totp_v1", session.session_key, settings.KEYHOLE_SURFACE) if person else None
    if person is None or sealed is None:
        raise SignInLost
    secret = open_secret(keyring, bytes(sealed), person_id=UUID(person["id"]))
    step = find_step(secret, code, now=time.time())
    # A wrong code is told to SQL too: it counts, and locks after too many.
    _use_factor("tenants_use_totp_v1", session, person, step, client)


def give_recovery_code(*, session: SessionStore, code: str, client: Client) -> None:
    """Take the second step with a recovery code, which is then used up.

    Raises: SignInLost when there was no first step; CodeRefused, the same for every cause.
    """
    person = load_person(session)
    if person is None:
        raise SignInLost
    # What cannot be a code is counted as a wrong one.
    _use_factor("tenants_use_recovery_v1", session, person, hash_code(code) or b"", client)


def open_invitation(*, session: SessionStore, invite: str, keyring: Keyring) -> None:
    """Begin to join: a fresh session holds the invitation and a new second factor, sealed.

    A new key, because whoever planted the old one could otherwise look at the second factor from elsewhere.

    Raises: InvitationGone.
    """
    found = call("tenants_open_invitation_v1", invite, settings.KEYHOLE_SURFACE)
    if found is None:
        raise InvitationGone
    session.flush()
    session.create()
    enrolment = Enrolment(
        invite=SealedText(invite),
        person_id=UUID(found["person_id"]),
        email=found["email"],
        name=found["name"],
        house_name=found["house_name"],
        secret=new_secret(),
    )
    _keep(session, enrolment, keyring)


def load_enrolment(*, session: SessionStore, keyring: Keyring) -> Enrolment | None:
    """Give the enrolment of this session, or None when nobody is joining here."""
    text = session.get(_ENROLMENT)
    if not isinstance(text, str) or session.session_key is None:
        return None
    try:
        return open_enrolment(keyring, text, session_key=session.session_key)
    except SealError:
        return None


def choose_password(
    *, session: SessionStore, enrolment: Enrolment, password: SealedText, keyring: Keyring
) -> None:
    """Keep what Argon2id makes of the chosen password until the second factor is proven."""
    raw = derive_password(password, _salt_of(enrolment.email))
    _keep(session, replace(enrolment, raw=raw), keyring)


def join(
    *, session: SessionStore, enrolment: Enrolment, code: str, client: Client, keyring: Keyring
) -> list[str]:
    """Finish joining with a first code of the phone, and give the ten recovery codes, which are not kept.

    Raises: CodeRefused; InvitationGone when it was used or renewed meanwhile.
    """
    if enrolment.raw is None:
        raise InvitationGone
    step = find_step(enrolment.secret, code, now=time.time())
    if step is None:
        raise CodeRefused
    codes = new_codes()
    is_accepted = call(
        "tenants_accept_invitation_v1",
        enrolment.invite.open_text(),
        settings.KEYHOLE_SURFACE,
        enrolment.raw.open_bytes(),
        seal_secret(keyring, enrolment.secret, person_id=enrolment.person_id),
        step,
        [hash_code(text) for text in codes],
        client.address,
        client.device,
    )
    session.flush()
    if not is_accepted:
        raise InvitationGone
    return codes


def sign_out_everywhere(session: SessionStore) -> int:
    """End every session of this person, this one too, and say how many there were."""
    ended: int = call("tenants_end_sessions_v1", session.session_key, settings.KEYHOLE_SURFACE)
    session.flush()
    return ended


def _salt_of(email: str) -> bytes:
    return bytes(call("tenants_begin_signin_v1", email, settings.KEYHOLE_SURFACE))


def _use_factor(
    function: str, session: SessionStore, person: dict[str, Any], proof: int | bytes | None, client: Client
) -> None:
    key = new_token()
    answer = call(
        function, session.session_key, key, settings.KEYHOLE_SURFACE, proof, client.address, client.device
    )
    if answer != "ok":
        raise CodeRefused
    session.move_to(key, keep_data=person["stage"] == 2)


def _keep(session: SessionStore, enrolment: Enrolment, keyring: Keyring) -> None:
    if session.session_key is None:
        raise InvitationGone
    session[_ENROLMENT] = seal_enrolment(keyring, enrolment, session_key=session.session_key)
