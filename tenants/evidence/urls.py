"""Addresses of the firm's proof."""

from django.urls import path

from tenants.evidence import pages

firm_urlpatterns = [
    path("evidence", pages.evidence, name="evidence"),
    path("evidence/checkpoint", pages.checkpoint, name="evidence-checkpoint"),
    path("evidence/download", pages.download, name="evidence-download"),
    path(
        "evidence/tools/keyhole_verify.py", pages.tool, {"name": "keyhole_verify.py"}, name="evidence-verify"
    ),
    path(
        "evidence/tools/keyhole_witness.py", pages.tool, {"name": "keyhole_witness.py"}, name="evidence-watch"
    ),
]
