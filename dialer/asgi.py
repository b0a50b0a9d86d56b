"""The ASGI application of one surface. It does not start with a login that may do more than its surface needs."""

import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dialer.settings")
django.setup()
# WhiteNoise reads its small files synchronously, which is what it says it does.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from channels.sessions import CookieMiddleware  # noqa: E402
from django.conf import settings  # noqa: E402

from campaigns.importing.body import SealedBodyHandler, remove_stale_bodies  # noqa: E402
from dialer.console.reseal import start_resealing  # noqa: E402
from dialer.routing import websocket_urlpatterns  # noqa: E402
from dialer.start import check_start  # noqa: E402

# The check is synchronous and the server imports this module inside its loop.
with ThreadPoolExecutor(max_workers=1) as one:
    one.submit(check_start).result()
# A page that cannot be found out about at the first request would be a surface that only seems to run.
import_module(settings.ROOT_URLCONF)
if settings.KEYHOLE_SURFACE == "firm":
    remove_stale_bodies(settings.KEYHOLE_SPOOL)
else:
    start_resealing(settings.KEYRING)

application = ProtocolTypeRouter(
    {
        # Django's own handler would write a large body to a temporary file in clear.
        "http": SealedBodyHandler(),
        "websocket": OriginValidator(
            CookieMiddleware(URLRouter(websocket_urlpatterns[settings.KEYHOLE_SURFACE])),
            settings.CSRF_TRUSTED_ORIGINS,
        ),
    }
)
