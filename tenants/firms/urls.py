"""The addresses of a firm's outsourcers, on the firm surface alone."""

from django.urls import URLPattern, path

from tenants.firms import pages

firm_urlpatterns: list[URLPattern] = [
    path("outsourcers", pages.outsourcers, name="outsourcers"),
    path("outsourcers/new", pages.engagement_new, name="engagement-new"),
    path("outsourcers/<uuid:engagement_id>", pages.engagement, name="engagement"),
    path("outsourcers/<uuid:engagement_id>/edit", pages.engagement_edit, name="engagement-edit"),
    path("outsourcers/<uuid:engagement_id>/suspend", pages.engagement_suspend, name="engagement-suspend"),
    path("outsourcers/<uuid:engagement_id>/resume", pages.engagement_resume, name="engagement-resume"),
    path("outsourcers/<uuid:engagement_id>/end", pages.engagement_end, name="engagement-end"),
]
