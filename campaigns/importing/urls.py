"""The addresses of the import wizard, on the firm surface alone."""

from django.urls import URLPattern, path

from campaigns.importing import pages

firm_urlpatterns: list[URLPattern] = [
    path("imports/new", pages.import_start, name="import-start"),
    path("imports/<uuid:batch_id>/columns", pages.import_columns, name="import-columns"),
    path("imports/<uuid:batch_id>/progress", pages.import_progress, name="import-progress"),
    path("imports/<uuid:batch_id>/result", pages.import_result, name="import-result"),
    path("imports/<uuid:batch_id>/cancel", pages.import_cancel, name="import-cancel"),
]
