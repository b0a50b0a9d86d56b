"""Addresses of this slice."""

from django.urls import URLPattern

firm_urlpatterns: list[URLPattern] = []
