"""What can go wrong when evidence is taken home. Nothing of a log is changed by any of it."""

from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError


class NothingSigned(KeyholeError):
    """The firm's log has no checkpoint yet."""

    code = "evidence:not_found"
    message = _(
        "Nothing is signed yet. Every entry is kept. The first checkpoint comes within seconds of the first entry; "
        "if it does not, call your data officer."
    )


class NotPlaced(KeyholeError):
    """The entry is not in the signed tree yet."""

    code = "evidence:not_placed"
    message = _("This entry waits for the next checkpoint. It is kept. Ask again in a few seconds.")


class EvidenceBroken(KeyholeError):
    """The log does not hold what its signed tree needs."""

    code = "evidence:broken"
    message = _(
        "Your log does not hold what was signed of it, so nothing was downloaded. Keep the checkpoints you have, and call "
        "your data officer."
    )
