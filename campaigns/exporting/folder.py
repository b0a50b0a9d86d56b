"""Where the files of exports lie: one folder, closed to others, each file named by its export's id alone."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

ENDING = ".khx"


def export_path(export_id: UUID) -> Path:
    """Name the file of an export."""
    return export_folder() / f"{export_id}{ENDING}"


def export_folder() -> Path:
    """Return the folder, made closed (0700) at first use."""
    folder = Path(settings.KEYHOLE_EXPORTS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def remove_export(export_id: UUID) -> None:
    """Remove the file of an export; it is no fault when it is gone already."""
    export_path(export_id).unlink(missing_ok=True)


def list_files() -> Iterator[tuple[UUID, Path]]:
    """Yield the files that lie there, with the export each belongs to. What is named otherwise is not ours."""
    for path in export_folder().glob(f"*{ENDING}"):
        try:
            yield UUID(path.stem), path
        except ValueError:
            continue
