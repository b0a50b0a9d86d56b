"""The addresses of the firm's rules, on the firm surface alone."""

from django.urls import URLPattern, path

from tenants.rules import pages

firm_urlpatterns: list[URLPattern] = [
    path("rules", pages.rules, name="rules"),
    path("rules/edit", pages.rules_edit, name="rules-edit"),
]
