"""What can go wrong when a report is asked for or a review is signed."""

from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError


class MonthOpen(KeyholeError):
    """The month has not ended."""

    code = "month_open"
    message = _("This month has not ended. Nothing was signed. Sign it from the first of the next month on.")


class ReviewChanged(KeyholeError):
    """What would be signed is not what was read."""

    code = "review_changed"
    message = _(
        "This month's review is not the one you read. Nothing was signed; your remark is kept. Read it again, then sign."
    )


class ReviewRefused(KeyholeError):
    """The database refused the review."""

    code = "review_refused"
    message = _("The review could not be signed. Nothing was kept. Read it again, then sign.")
