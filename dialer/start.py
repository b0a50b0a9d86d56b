"""The check every process makes before it serves: its login, and DEBUG where others could see it."""

import structlog
from django.conf import settings
from django.db import connection

from tenants.db.startup import check_login_rights


def check_start() -> None:
    """Refuse to start with too many rights; say what leaks without being a reason to stop.

    Raises: LoginRightsError.
    """
    log = structlog.get_logger("keyhole.start")
    try:
        for leak in check_login_rights(connection, process=settings.KEYHOLE_PROCESS):
            log.warning("login_leaks", process=settings.KEYHOLE_PROCESS, what=leak)
    finally:
        connection.close()
