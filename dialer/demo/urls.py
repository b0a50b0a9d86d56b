"""Addresses of the demo, included only under demo settings."""

from django.urls import path

from dialer.demo import pages

_both = [path("demo", pages.demo, name="demo"), path("demo/sign-in", pages.demo_sign_in, name="demo-sign-in")]

firm_urlpatterns = [*_both]
agent_urlpatterns = [*_both]
