"""The tenants app: who is there, what keys exist, and the evidence. Knows nothing of campaigns or calls."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    default_auto_field = "django.db.models.BigAutoField"
