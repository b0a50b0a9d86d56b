"""The product's settings for the type checker, over key files of its own that are thrown away."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tenants.vault.keyring import create_keyrings

if "KEYHOLE_VAR" not in os.environ:
    _folder = Path(tempfile.mkdtemp(prefix="keyhole-types-"))
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    os.environ.update({"KEYHOLE_VAR": str(_folder), "KEYHOLE_PROCESS": "firm"})
    create_keyrings(_folder / "keys")

from dialer.settings import *  # noqa: F403
