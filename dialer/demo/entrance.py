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


class DemoBusy(Exception):
    """The codes of this half minute are used up, or the person is not set up."""


def sign_in_as(*, session: SessionStore, person: DemoPerson, client: Client, keyring: Keyring) -> None:
    """Sign in as a person of the cast.

    Raises: DemoBusy when every code of this minute was used; SignInRefused, CodeRefused as for anybody.
    """
    secrets = DemoSecrets(read_env().var)
    secret = secrets.find(person.email)
    if secret is None:
        raise DemoBusy
    now = int(time.time() // STEP_S)
    # A code is good for one sign-in, and for its neighbours' half minutes: take the oldest that is not used.
    step = max(secret.last_step + 1, now - 1)
    if step > now + 1:
        raise DemoBusy
    give_password(session=session, email=person.email, password=secret.password, client=client)
    code = pyotp.TOTP(spell_secret(secret.totp).replace(" ", "")).at(step * STEP_S)
    secrets.note_step(person.email, step)
    give_code(session=session, code=code, client=client, keyring=keyring)
