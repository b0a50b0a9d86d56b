"""The dialer app: dispensing, calls and the agent surface, and the project itself."""

from django.apps import AppConfig


class DialerConfig(AppConfig):
    name = "dialer"
    default_auto_field = "django.db.models.BigAutoField"
