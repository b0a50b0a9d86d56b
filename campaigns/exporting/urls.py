"""The addresses of exports, on the firm surface alone: the agent surface has none."""

from django.urls import URLPattern, path

from campaigns.exporting import pages

firm_urlpatterns: list[URLPattern] = [
    path("exports", pages.exports, name="exports"),
    path("exports/new", pages.export_new, name="export-new"),
    path("exports/keyhole_open.py", pages.export_tool, name="export-tool"),
    path("exports/<uuid:export_id>", pages.export, name="export"),
    path("exports/<uuid:export_id>/approve", pages.export_approve, name="export-approve"),
    path("exports/<uuid:export_id>/refuse", pages.export_refuse, name="export-refuse"),
    path("exports/<uuid:export_id>/cancel", pages.export_cancel, name="export-cancel"),
    path("exports/<uuid:export_id>/download", pages.export_download, name="export-download"),
]
