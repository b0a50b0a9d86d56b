"""The campaigns app: what may be called, by which plan, from which lists. Knows nothing of calls."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"
