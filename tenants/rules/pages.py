"""The firm's rules: how long an incident may take, how long entries are kept. Everybody reads; few change."""

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tenants.identity.access import firm_page, step_up
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, allows
from tenants.oversight.queries import get_firm
from tenants.rules.errors import RulesRefused
from tenants.rules.forms import RulesForm
from tenants.rules.queries import load_rules
from tenants.rules.services import change_rules


@firm_page(Action.RULES_VIEW)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Show the rules."""
    actor = _actor(request)
    firm = get_firm(actor.own_firm_id)
    context = {
        "rules": load_rules(),
        "country": firm.country,
        "zone": ZoneInfo(firm.time_zone),
        "may_edit": allows(actor, Action.RULES_EDIT),
        "nav_active": "rules",
    }
    return render(request, "tenants/rules.html", context)


@firm_page(Action.RULES_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@step_up
def rules_edit(request: HttpRequest) -> HttpResponse:
    """Change the rules, by somebody who confirmed lately who they are."""
    now = load_rules()
    initial = {"clock_h": now.clock_h, "keep_months": now.keep_months}
    # A form that was sent empty is refused, not shown as new.
    data = request.POST if request.method == "POST" else None
    form = RulesForm(data, floor_months=now.floor_months, initial=initial)
    if form.is_valid():
        try:
            change_rules(actor=_actor(request), **form.cleaned_data)
        except RulesRefused as error:
            form.add_error(error.field or None, str(error.message))
        else:
            messages.success(request, _("The rules are changed. The change is on record."))
            return redirect("rules")
    context = {"form": form, "rules": now, "nav_active": "rules"}
    return render(request, "tenants/rules_edit.html", context, status=422 if form.errors else 200)


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by the middleware, checked by the door
    return actor
