"""Imports a list into a campaign from the command line. Prints counts; never a cell of the file."""

import json
import sys
import time
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns.importing.counts import Counts
from campaigns.importing.mapping import ROLES, MappingError
from campaigns.importing.operator import Done, Order, import_file
from campaigns.importing.reasons import TableError
from tenants.db.errors import KeyholeError


class Command(BaseCommand):
    """`import_list FILE --firm HANDLE --campaign NAME`"""

    help = (
        "Import a CSV or XLSX list into a campaign. Columns are guessed from header and values; "
        "with --map only the columns you name are kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--firm", required=True, help="the firm's handle")
        parser.add_argument("--campaign", required=True, help="the campaign's name or id")
        parser.add_argument(
            "--region", help="country of numbers without a country code, such as GB; default: the campaign's"
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="ROLE=COLUMN",
            help=f"what a column is; may be given again. Roles: {', '.join(ROLES)}",
        )
        parser.add_argument("--no-header", action="store_true", help="the first line is a row already")
        parser.add_argument(
            "--possible",
            choices=("keep", "reject"),
            default="reject",
            help="numbers of a right length that no number plan knows",
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the import."""
        order = Order(
            path=options["file"],
            firm=options["firm"],
            campaign=options["campaign"],
            region=options["region"].upper() if options["region"] else None,
            maps=options["map"],
            header=False if options["no_header"] else None,
            keep_possible=options["possible"] == "keep",
        )
        begun = time.monotonic()
        try:
            done = import_file(order, on_progress=self._say_progress)
        except (TableError, MappingError) as error:
            raise CommandError(error.sentence) from None
        except KeyholeError as error:
            raise CommandError(str(error.message)) from None
        except OSError as error:
            raise CommandError(
                f"The file cannot be read: {error.strerror}. Nothing was stored. Check its name and rights."
            ) from None
        except KeyboardInterrupt:
            raise CommandError("You stopped the import. Nothing of the file was stored.") from None
        self._say_result(done, time.monotonic() - begun, as_json=options["json"])

    def _say_progress(self, counts: Counts, bytes_read: int) -> None:
        end = "\r" if sys.stderr.isatty() else "\n"
        self.stderr.write(f"{counts.rows_in:,} rows, {counts.stored:,} stored", ending=end)

    def _say_result(self, done: Done, seconds: float, *, as_json: bool) -> None:
        figures = asdict(done.counts)
        if as_json:
            answer = {
                "import": str(done.batch_id),
                "list": str(done.list_id),
                "columns": done.columns,
                **figures,
                "seconds": round(seconds, 2),
            }
            self.stdout.write(json.dumps(answer))
            return
        self.stdout.write(
            f"{figures['rows_in']:,} rows = {figures['stored']:,} stored + {figures['duplicate']:,} duplicate"
            f" + {figures['suppressed']:,} suppressed + {figures['rejected']:,} rejected"
            f" ({figures['blank']:,} blank lines), {seconds:.1f} s"
        )
