"""Founds a firm with its first manager. The link it prints is the only way in."""

from zoneinfo import available_timezones

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.identity.founding import AlreadyThere, FoundingError, found_firm


class Command(BaseCommand):
    """python manage.py create_firm HANDLE NAME --manager-email E --manager-name N."""

    help = "Found a firm and print the one-time link of its first manager."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the arguments."""
        parser.add_argument("handle", help="Short name for commands, lower case; it never changes.")
        parser.add_argument("name", help="The firm's name, as people read it.")
        parser.add_argument("--country", default="GB", help="Two letters, ISO 3166-1. Default: GB.")
        parser.add_argument("--time-zone", default="Europe/London", help="Such as Europe/London.")
        parser.add_argument("--manager-email", required=True)
        parser.add_argument("--manager-name", required=True)

    def handle(self, *args: object, **options: str) -> None:
        """Found the firm and print the link.

        Raises: CommandError in words when something given cannot be used.
        """
        if options["time_zone"] not in available_timezones():
            raise CommandError("This time zone is not known. Nothing was made. Write it like Europe/London.")
        try:
            token = found_firm(
                handle=options["handle"],
                name=options["name"],
                country=options["country"],
                time_zone=options["time_zone"],
                email=options["manager_email"],
                person_name=options["manager_name"],
            )
        except (FoundingError, AlreadyThere) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{options['name']} is founded. Hand this link to {options['manager_name']} alone;")
        self.stdout.write("it works once, for seven days:")
        self.stdout.write(f"{settings.KEYHOLE_FIRM_URL}/invitation#{token.open_text()}")
