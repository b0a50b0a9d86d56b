"""One-click sign-in of the demo: the ordinary two steps, taken with the person's own password and second factor."""

import time

import pyotp

from dialer.demo.cast import DemoPerson
from dialer.demo.secrets import DemoSecrets
from dialer.env import read_env
from tenants.identity.entrance import Client, give_code, give_password
from tenants.identity.sessions import SessionStore
from tenants.identity.totp import spell_secret
from tenants.vault.keyring import Keyring

STEP_S = 30
# Seconds a code has to be good for yet: one that runs out while it is being looked at would be refused.
MARGIN_S = 5


class DemoBusy(Exception):
    """The codes of this half minute are used up, or the person is not set up."""


def free_step(last_step: int, now_s: float) -> int | None:
    """Return the half minute whose code to give, `now_s` in POSIX seconds; None when each that counts now was used.

    A code is good for one sign-in, and for its neighbours' half minutes: the oldest that is not used is taken.
    """
    step = max(last_step + 1, int((now_s + MARGIN_S) // STEP_S) - 1)
    return step if step <= now_s // STEP_S + 1 else None


def sign_in_as(*, session: SessionStore, person: DemoPerson, client: Client, keyring: Keyring) -> None:
    """Sign in as a person of the cast.

    Raises: DemoBusy when every code of this minute was used; SignInRefused, CodeRefused as for anybody.
    """
    secrets = DemoSecrets(read_env().var)
    secret = secrets.find(person.email)
    if secret is None:
        raise DemoBusy
    step = free_step(secret.last_step, time.time())
    if step is None:
        raise DemoBusy
    give_password(session=session, email=person.email, password=secret.password, client=client)
    # Looked up again: the password takes its time, and with it a half minute may end.
    step = free_step(secret.last_step, time.time()) or step
    code = pyotp.TOTP(spell_secret(secret.totp).replace(" ", "")).at(step * STEP_S)
    secrets.note_step(person.email, step)
    give_code(session=session, code=code, client=client, keyring=keyring)
