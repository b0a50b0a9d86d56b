"""The firm's API tokens: listed, made after a fresh code, shown once, revoked. What is kept is a hash."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants.identity import queries, services
from tenants.identity.access import firm_page, step_up
from tenants.identity.errors import TokenUnknown, TooManyTokens
from tenants.identity.forms import SCOPE_LABELS, TokenForm
from tenants.identity.permissions import Action


@firm_page(Action.TOKEN_MANAGE)
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """List the firm's tokens."""
    held = queries.list_tokens(actor=request.actor)  # type: ignore[attr-defined]
    rows = [(token, [SCOPE_LABELS.get(scope, scope) for scope in token.scopes]) for token in held]
    return render(request, "tenants/identity_tokens.html", {"rows": rows, "nav_active": "account"})


@firm_page(Action.TOKEN_MANAGE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@step_up
def token_new(request: HttpRequest) -> HttpResponse:
    """Make a token; it is shown on the answer to this request and never again."""
    form = TokenForm(request.POST or None)
    if form.is_valid():
        try:
            created = services.create_token(
                actor=request.actor,  # type: ignore[attr-defined]
                **form.cleaned_data,
            )
        except TooManyTokens as error:
            form.add_error(None, error.message)
        else:
            context = {
                "token": created.token.open_text(),
                "name": form.cleaned_data["name"],
                "nav_active": "account",
            }
            return render(request, "tenants/identity_token_made.html", context)
    context = {"form": form, "nav_active": "account"}
    return render(request, "tenants/identity_token_new.html", context, status=422 if form.errors else 200)


@firm_page(Action.TOKEN_MANAGE)
@require_POST
def token_revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """End a token now."""
    try:
        services.revoke_token(actor=request.actor, token_id=token_id)  # type: ignore[attr-defined]
    except TokenUnknown:
        raise Http404 from None
    messages.success(request, _("The token is revoked. Programs that use it are refused from now on."))
    return redirect("tokens")
