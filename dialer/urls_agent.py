"""URL table of the agent surface: the console, the floor, the team. There is no list, no search and no export here."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from dialer.console.urls import agent_urlpatterns as console
from dialer.floor.urls import agent_urlpatterns as floor
from tenants.identity.urls import agent_urlpatterns as identity

urlpatterns: list[URLPattern | URLResolver] = [
    *identity,
    *console,
    *floor,
    path("", RedirectView.as_view(pattern_name="console"), name="home"),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}dialer/img/favicon.svg")),
]

if settings.KEYHOLE_DEMO:
    from dialer.demo.urls import agent_urlpatterns as demo

    urlpatterns += demo
