"""What can go wrong with an import as a whole, in words for the manager."""

from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError


class ImportNotFound(KeyholeError):
    """No such import in this firm; it reads the same whether it is another firm's or nobody's."""

    code = "import_not_found"
    message = _("We cannot find this import. Nothing was changed. Look at your lists.")


class ImportOver(KeyholeError):
    """The import has been started, finished or cancelled already."""

    code = "import_over"
    message = _("This import has moved on already. Nothing was changed now. Look at its page again.")


class NoPhoneColumn(KeyholeError):
    """No column was named as a phone."""

    code = "no_phone"
    message = _("Say which column holds the phone number. Nothing was stored yet.")


class RoleTwice(KeyholeError):
    """Two columns with one role."""

    code = "role_twice"
    message = _("Two columns became the same thing. Nothing was stored yet. Change one of them.")


class UploadTooBig(KeyholeError):
    """The file is over the limit of uploads."""

    code = "upload_too_big"
    message = _("The file is too big. Nothing was stored. Split the list and import its parts.")


class UploadMissing(KeyholeError):
    """No file came, or it came twice."""

    code = "upload_missing"
    message = _("Choose a file. Nothing was stored.")


class UploadGone(KeyholeError):
    """The sealed file is no longer there."""

    code = "upload_gone"
    message = _("The uploaded file is gone. Nothing of it was stored. Drop it again.")


class ImportCancelled(KeyholeError):
    """The firm cancelled while the import ran."""

    code = "cancelled"
    message = _("The import was cancelled. Nothing of the file was stored.")


class ImportInterrupted(KeyholeError):
    """The import stopped again and again."""

    code = "interrupted"
    message = _("The import was interrupted. Nothing of the file was stored. Drop it again.")


class DiskFull(KeyholeError):
    """The database has no room left."""

    code = "disk_full"
    message = _("The disk is full. Nothing of this file was stored. Free space, then drop it again.")


class ImportBusy(KeyholeError):
    """Another process works on this import now."""

    code = "import_busy"
    message = _("This import is being worked on already. Nothing was changed. Wait for it to end.")
