"""Addresses of the register of witnesses."""

from django.urls import path

from tenants.witness import pages

firm_urlpatterns = [
    path("evidence/witnesses/new", pages.witness_new, name="witness-new"),
    path("evidence/witnesses/<uuid:witness_id>/retire", pages.witness_retire, name="witness-retire"),
]
