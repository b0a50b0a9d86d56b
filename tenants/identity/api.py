"""One address of the API: the transaction of the token's firm around it, and a record of what was refused."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import Throttled
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from tenants.db.firm import firm_transaction
from tenants.identity.actor import Actor
from tenants.identity.api_errors import answer_error
from tenants.identity.api_tokens import (
    AddressThrottle,
    MayDo,
    TokenAuthentication,
    TokenThrottle,
    bearer_token,
)
from tenants.identity.permissions import Action, NotAllowed
from tenants.ledger.events import Event
from tenants.ledger.services import append_entry


class ApiView(APIView):
    """One address of the API. `actions` names the action of each method; any other is refused."""

    actions: ClassVar[Mapping[str, Action]] = {}
    authentication_classes = [TokenAuthentication]
    permission_classes = [MayDo]
    throttle_classes = [TokenThrottle]
    renderer_classes = [JSONRenderer]
    parser_classes: list[type[BaseParser]] = [JSONParser]
    http_method_names = ["get", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Run the request in the transaction of the token's firm; undo what was refused, then record it."""
        self.refused: NotAllowed | None = None
        token = bearer_token(request)
        with firm_transaction(token):
            answer = super().dispatch(request, *args, **kwargs)
            if answer.status_code >= 400:
                transaction.set_rollback(True)
        if self.refused is not None:
            self._record_refusal(token, self.refused)
        return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Count the address before anything is asked of the database."""
        throttle = AddressThrottle()
        if not throttle.allow_request(request, self):
            raise Throttled(throttle.wait())
        super().initial(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Any:
        """Keep a refusal, to be recorded once the request's own work is undone."""
        if isinstance(exc, NotAllowed):
            self.refused = exc
        return super().handle_exception(exc)

    def get_exception_handler(self) -> Any:
        """Answer errors in the API's one form."""
        return answer_error

    @property
    def actor(self) -> Actor:
        """Who asks; there always is one behind the permission check."""
        return require_actor(self.request.user)

    def _record_refusal(self, token: str, refusal: NotAllowed) -> None:
        actor = self.request.user
        if not isinstance(actor, Actor):
            return
        with firm_transaction(token):
            append_entry(actor=actor, event=Event.ACCESS_DENIED, allowed=False, reason=refusal.action[:40])


def require_actor(user: object) -> Actor:
    """Return the actor of a request.

    Raises: TypeError when the permission check was left out.
    """
    if not isinstance(user, Actor):
        raise TypeError("an API view asked for its actor before it was let in")
    return user
