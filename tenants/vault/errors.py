"""Errors of the vault. None of them may ever carry a key, a number or a personal field."""

from typing import ClassVar


class VaultError(Exception):
    """The vault refused to do this. Nothing was changed."""

    code: ClassVar[str] = "vault:refused"

    def __str__(self) -> str:
        return super().__str__() or (type(self).__doc__ or "").strip()


class SealError(VaultError):
    """This sealed data cannot be opened. It was left as it is; restore it or its key from a backup."""

    # One error for a wrong key, a wrong context and damaged bytes: telling them apart helps whoever probes.
    code = "vault:seal"


class SealedLeakError(VaultError, TypeError):
    """Sealed values are not copied out of the process. Nothing was written; pass an id instead."""

    code = "vault:leak"


class NumberFormatError(VaultError, ValueError):
    """This is not an E.164 number, so it was not indexed. Normalise the number first."""

    code = "vault:number_format"


class EmptyAnswerError(VaultError, ValueError):
    """The answer has no letter and no digit, so nothing was compared. Ask for the answer again."""

    code = "vault:empty_answer"


class KeyFileError(VaultError):
    """A key file cannot be used. The message names the file and what to do, never what it holds."""

    code = "vault:key_file"
