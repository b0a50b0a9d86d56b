"""The campaigns app: what may be called, by which plan, from which lists. Knows nothing of calls."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the jobs known to the queue, which is ready before this app is."""
        from procrastinate.contrib.django import app

        from campaigns.exporting.jobs import prepare as prepare_exports
        from campaigns.importing.jobs import prepare as prepare_imports

        prepare_imports(app)
        prepare_exports(app)
