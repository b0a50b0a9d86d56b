"""The addresses of the incident register, on the firm surface alone."""

from django.urls import URLPattern, path

from tenants.incidents import pages

firm_urlpatterns: list[URLPattern] = [
    path("incidents", pages.incidents, name="incidents"),
    path("incidents/new", pages.incident_new, name="incident-new"),
    path("incidents/<uuid:incident_id>", pages.incident, name="incident"),
    path("incidents/<uuid:incident_id>/add", pages.incident_add, name="incident-add"),
]
