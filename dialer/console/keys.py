"""The agent surface's own keys, read once a process. Nothing else of the console touches a key file."""

from functools import lru_cache

from django.conf import settings

from dialer.console.person import ListKeys


@lru_cache(maxsize=1)
def list_keys() -> ListKeys:
    """Give the process's store of unwrapped list keys, empty at first."""
    return ListKeys(settings.KEYRING)
