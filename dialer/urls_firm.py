"""URL table of the firm surface: every page and interface of managers, auditors and data officers."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from campaigns.exporting.urls import firm_urlpatterns as exporting
from campaigns.importing.urls import firm_urlpatterns as importing
from campaigns.lists.urls import firm_urlpatterns as lists
from campaigns.planning.urls import firm_urlpatterns as planning
from dialer.oversight.urls import firm_urlpatterns as oversight
from dialer.reports.urls import firm_urlpatterns as reports
from tenants.evidence.urls import firm_urlpatterns as evidence
from tenants.firms.urls import firm_urlpatterns as firms
from tenants.identity.urls import firm_urlpatterns as identity
from tenants.incidents.urls import firm_urlpatterns as incidents
from tenants.rules.urls import firm_urlpatterns as rules
from tenants.witness.urls import firm_urlpatterns as witness

urlpatterns: list[URLPattern | URLResolver] = [
    *identity,
    *firms,
    *planning,
    *lists,
    *importing,
    *exporting,
    *oversight,
    *reports,
    *evidence,
    *witness,
    *incidents,
    *rules,
    path("api/", include("dialer.api_urls")),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}dialer/img/favicon.svg")),
]

if settings.KEYHOLE_DEMO:
    from dialer.demo.urls import firm_urlpatterns as demo

    urlpatterns += demo
