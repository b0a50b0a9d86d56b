#!/usr/bin/env python
"""Commands of Keyhole. Each runs as the process it belongs to, with that process's login and keys alone."""

from __future__ import annotations

import os
import sys
from typing import Final

# A command that is not named here is the owner's: it changes the shape of the database and serves nobody.
_PROCESS_OF: Final = {"gateway": "gateway", "worker": "worker", "import_list": "worker", "seed_demo": "firm"}
# These make the key files that are missing before the settings ask for them.
_MAKES_KEYS: Final = frozenset({"run", "servers", "bootstrap"})


def main() -> None:
    """Run the command on the command line."""
    from dialer.env import EnvError, read_env
    from tenants.vault.errors import KeyFileError
    from tenants.vault.keyring import create_keyrings

    name = sys.argv[1] if len(sys.argv) > 1 else "help"
    os.environ.setdefault("KEYHOLE_PROCESS", _PROCESS_OF.get(name, "owner"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dialer.settings")
    try:
        env = read_env()
        if name in _MAKES_KEYS:
            create_keyrings(env.keys)
    except (EnvError, KeyFileError) as error:
        sys.exit(str(error))

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
