"""One's own account: who one is, and signing out everywhere. Nothing dangerous can be changed from here."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tenants.identity import entrance
from tenants.identity.access import signed_in_page
from tenants.identity.pages.gate import session_of
from tenants.identity.permissions import Action, allows


@signed_in_page
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show who is signed in, from where, and what can be done about it."""
    actor = request.actor  # type: ignore[attr-defined]
    is_firm = settings.KEYHOLE_SURFACE == "firm"
    context = {
        "person": entrance.load_person(session_of(request)),
        "layout": "shell.html" if is_firm else "plain.html",
        "nav_active": "account",
        "has_team": allows(actor, Action.TEAM_EDIT),
        "has_tokens": allows(actor, Action.TOKEN_MANAGE),
        "is_firm": is_firm,
    }
    return render(request, "tenants/identity_account.html", context)


@signed_in_page
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session of this person, this one too."""
    entrance.sign_out_everywhere(session_of(request))
    messages.success(request, _("You are signed out everywhere."))
    return redirect("sign-in")
