"""GET /healthz: 200 when the process reaches its database with its own login, 503 when not. Says nothing else."""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse


class HealthMiddleware:
    """Answers /healthz before sessions and hosts are looked at."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the probe, or pass the request on."""
        if request.path != "/healthz" or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        try:
            with connection.cursor() as cursor:
                cursor.execute("select 1")
        except DatabaseError:
            return HttpResponse("The database does not answer.\n", content_type="text/plain", status=503)
        return HttpResponse("ok\n", content_type="text/plain")
