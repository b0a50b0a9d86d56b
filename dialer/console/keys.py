"""The agent surface's own keys, read once a process. Nothing else of the console touches a key file."""

from functools import lru_cache

from django.conf import settings

from dialer.console.person import ListKeys
from tenants.vault.keyring import load_keyring


@lru_cache(maxsize=1)
def list_keys() -> ListKeys:
    """Give the process's store of unwrapped list keys, empty at first.

    Raises: KeyFileError when the key file is missing or not of this process.
    """
    return ListKeys(load_keyring(settings.KEYHOLE_KEYS, settings.KEYHOLE_PROCESS))
