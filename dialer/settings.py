"""Settings of one process of Keyhole: its login, its key file, its cookies and its URL table. Holds no secret itself."""

import sys
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from dialer.api_settings import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401 - read by their packages
from dialer.env import REPOSITORY, read_env
from dialer.logs import logging_config
from dialer.runtime.address import database_address, layer_address
from tenants.db.roles import FUNCTIONS_ONLY, LOGINS
from tenants.vault.keyring import load_keyring

ENV: Final = read_env()
KEYRING: Final = load_keyring(ENV.keys, ENV.process)

KEYHOLE_PROCESS: Final = ENV.process
KEYHOLE_SURFACE: Final = "agent" if ENV.process == "agent" else "firm"
KEYHOLE_DEMO: Final = bool(ENV.demo) and ENV.is_local
KEYHOLE_FIRM_URL: Final = ENV.firm_url
KEYHOLE_AGENT_URL: Final = ENV.agent_url
# A few connections with a queue in front: more claimers are slower, not faster.
KEYHOLE_POOL_SIZE = 8
KEYHOLE_SPOOL: Final = ENV.var / "spool"
KEYHOLE_EXPORTS: Final = ENV.var / "exports"
KEYHOLE_UPLOAD_MAX_BYTES: Final = 512 * 1024 * 1024

DEBUG = ENV.debug
# The owner migrates and signs nothing, so its file holds no secret; a value that cannot be guessed will do.
SECRET_KEY = (
    KEYRING.django_secret.open_text() if KEYRING.django_secret else KEYRING.login_password.open_text()
)
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("The key file holds too short a secret. Make the key files again.")
ALLOWED_HOSTS = (
    [*ENV.allowed_hosts, "127.0.0.1", "localhost", "[::1]"] if ENV.is_local else [*ENV.allowed_hosts]
)
if not ENV.allowed_hosts and not ENV.is_local:
    ALLOWED_HOSTS = [ENV.host]

_HTTPS: Final = (KEYHOLE_AGENT_URL if KEYHOLE_SURFACE == "agent" else KEYHOLE_FIRM_URL).startswith("https://")
_COOKIE: Final = f"keyhole_{KEYHOLE_SURFACE}"

INSTALLED_APPS = [
    "django.contrib.messages",
    # It looks types up in the catalog at each connection, which a login for functions alone may not read.
    *(() if ENV.process in FUNCTIONS_ONLY else ("django.contrib.postgres",)),
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_htmx",
    "procrastinate.contrib.django",
    "rest_framework",
    "drf_spectacular",
    "tenants.apps.TenantsConfig",
    "campaigns.apps.CampaignsConfig",
    "dialer.apps.DialerConfig",
]

# Array fields ask for django.contrib.postgres, left out above where no model is ever queried.
SILENCED_SYSTEM_CHECKS = ["postgres.E005"] if ENV.process in FUNCTIONS_ONLY else []

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "dialer.health.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.identity.middleware.ActorMiddleware",
]

ROOT_URLCONF = f"dialer.urls_{KEYHOLE_SURFACE}"
ASGI_APPLICATION = "dialer.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [REPOSITORY / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "builtins": [
                "dialer.templatetags.keyhole",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
            "libraries": {"django_htmx": "django_htmx.templatetags.django_htmx"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "tenants.identity.middleware.actor_context",
                "tenants.incidents.standing.incidents_context",
            ],
        },
    }
]

_ADDRESS: Final = database_address(ENV)
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _ADDRESS.name,
        "USER": LOGINS[ENV.process].name,
        "PASSWORD": KEYRING.login_password.open_text(),
        "HOST": _ADDRESS.host,
        "PORT": _ADDRESS.port,
        "CONN_MAX_AGE": 0,
        # Sets of parameters never enter the SQL text, and a statement cannot be stacked onto another.
        "OPTIONS": {
            "server_side_binding": True,
            **_ADDRESS.options,
            **(
                {"pool": {"min_size": 1, "max_size": 16, "timeout": 10}}
                if ENV.process in ("firm", "agent")
                else {}
            ),
        },
        "TEST": {"TEMPLATE": "keyhole_template"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if KEYRING.layer_password is not None:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [layer_address(ENV, KEYRING.layer_password)], "prefix": "keyhole"},
        }
    }

SESSION_ENGINE = "tenants.identity.sessions"
SESSION_COOKIE_NAME = _COOKIE
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _HTTPS
SESSION_SAVE_EVERY_REQUEST = False
CSRF_COOKIE_NAME = f"{_COOKIE}_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = _HTTPS
CSRF_TRUSTED_ORIGINS = [KEYHOLE_AGENT_URL if KEYHOLE_SURFACE == "agent" else KEYHOLE_FIRM_URL]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_SSL_REDIRECT = False
X_FRAME_OPTIONS = "DENY"
_SELF: Final = ["'self'"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": _SELF,
        "style-src": _SELF,
        "img-src": _SELF,
        "connect-src": _SELF,
        "form-action": _SELF,
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    }
}

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 3600

# An uploaded list is sealed while it streams; it never rests in clear on disk.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [REPOSITORY / "dialer" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING_CONFIG = None
logging_config(process=ENV.process, debug=DEBUG, to=sys.stderr)
