"""Gives a manager or supervisor a new link when nobody of their own house can. The firms see it on record."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.identity.founding import FoundingError, renew_link


class Command(BaseCommand):
    """python manage.py invite_person HANDLE EMAIL."""

    help = "Print a new one-time link for a manager of a firm or a supervisor of an outsourcer."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the arguments."""
        parser.add_argument("handle", help="The handle of their firm or outsourcer.")
        parser.add_argument("email", help="Their work e-mail.")

    def handle(self, *args: object, **options: str) -> None:
        """Make the link and print it.

        Raises: CommandError in words when there is no such person.
        """
        try:
            link = renew_link(handle=options["handle"], email=options["email"])
        except FoundingError as error:
            raise CommandError(str(error)) from None
        base = settings.KEYHOLE_FIRM_URL if link.surface == "firm" else settings.KEYHOLE_AGENT_URL
        self.stdout.write(
            "Older links of theirs stop working. Hand this one to them alone; it works once, for"
        )
        self.stdout.write("seven days, and sets their password and phone anew:")
        self.stdout.write(f"{base}/invitation#{link.token.open_text()}")
