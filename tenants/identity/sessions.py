"""Django's sessions over the database's own functions. Who is signed in is never kept here: SQL knows it.

The key goes to the database as a bound argument and rests there as a hash; the data is signed by the surface.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError

from tenants.db.functions import call, call_row
from tenants.identity.tokens import new_token


class SessionStore(SessionBase):
    """A browser's session on the surface of this process.

    Invariant: the stage of sign-in rises only in SQL, which hands over to a new key; `move_to` follows.
    """

    # Django's own stores build on these; the stubs leave them out.
    _session: dict[str, Any]
    _get_session: Callable[..., dict[str, Any]]

    def load(self) -> dict[str, Any]:
        """Read the data of the session, or forget a key that the database does not know (any more)."""
        row = call_row("tenants_load_session_v1", self.session_key, settings.KEYHOLE_SURFACE)
        if row is None:
            self._session_key = None
            return {}
        # A session made by the sign-in functions has no data yet: nothing to verify, and nothing is wrong.
        return self.decode(row["data"]) if row["data"] else {}

    def exists(self, session_key: str) -> bool:
        """Tell whether the key is that of a live session."""
        return call_row("tenants_load_session_v1", session_key, settings.KEYHOLE_SURFACE) is not None

    def create(self) -> None:
        """Make a new anonymous session under a fresh key. A clash of 256 random bits is not tried again."""
        self._session_key = new_token()
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Write the data.

        Raises: CreateError when the key exists already; UpdateError when the session was ended meanwhile.
        """
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)
        is_saved = call(
            "tenants_save_session_v1",
            self.session_key,
            settings.KEYHOLE_SURFACE,
            self.encode(data),
            self.get_expiry_date(),
            None,
            "",
            must_create,
        )
        if not is_saved:
            raise CreateError if must_create else UpdateError

    def delete(self, session_key: str | None = None) -> None:
        """End the session of this key, or the current one."""
        key = session_key or self.session_key
        if key is not None:
            call("tenants_delete_session_v1", key, settings.KEYHOLE_SURFACE)

    def move_to(self, new_key: str, *, keep_data: bool = False) -> None:
        """Follow a session that SQL has rotated to `new_key`; the old key is dead already.

        What the session held before the person was known is dropped, so that nobody can plant it.
        """
        data = dict(self._session) if keep_data else {}
        self._session_key = new_key
        self._session_cache = data
        self.accessed = True
        self.modified = True

    def _get_new_session_key(self) -> str:
        return new_token()

    async def _aget_new_session_key(self) -> str:
        return new_token()

    @classmethod
    def clear_expired(cls) -> None:
        """Do nothing: the worker's upkeep removes what has expired; a surface may not."""
