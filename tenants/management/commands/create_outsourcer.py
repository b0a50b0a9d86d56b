"""Founds an outsourcer with its first supervisor. The link it prints is the only way in."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.identity.founding import AlreadyThere, FoundingError, found_outsourcer


class Command(BaseCommand):
    """python manage.py create_outsourcer HANDLE NAME --supervisor-email E --supervisor-name N."""

    help = "Found an outsourcer and print the one-time link of its first supervisor."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the arguments."""
        parser.add_argument(
            "handle", help="Short name that firms engage it by, lower case; it never changes."
        )
        parser.add_argument("name", help="The outsourcer's name, as people read it.")
        parser.add_argument("--supervisor-email", required=True)
        parser.add_argument("--supervisor-name", required=True)

    def handle(self, *args: object, **options: str) -> None:
        """Found the outsourcer and print the link.

        Raises: CommandError in words when something given cannot be used.
        """
        try:
            token = found_outsourcer(
                handle=options["handle"],
                name=options["name"],
                email=options["supervisor_email"],
                person_name=options["supervisor_name"],
            )
        except (FoundingError, AlreadyThere) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{options['name']} is founded. Firms engage it by the handle {options['handle']}.")
        self.stdout.write(f"Hand this link to {options['supervisor_name']} alone;")
        self.stdout.write("it works once, for seven days:")
        self.stdout.write(f"{settings.KEYHOLE_AGENT_URL}/invitation#{token.open_text()}")
