"""The register of witnesses: adding one and retiring one, each after a fresh code."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tenants.identity.access import firm_page, step_up
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action
from tenants.witness.errors import WitnessKnown, WitnessUnknown
from tenants.witness.forms import WitnessForm
from tenants.witness.services import add_witness, get_active, retire_witness


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page(Action.WITNESS_EDIT)
@step_up
def witness_new(request: HttpRequest) -> HttpResponse:
    """Register a witness."""
    form = WitnessForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            add_witness(actor=_actor(request), **form.cleaned_data)
        except WitnessKnown as error:
            form.add_error("vkey", error.message)
        else:
            messages.success(
                request,
                _("The witness is registered. Start it now: its first countersignature shows on this page."),
            )
            return redirect("evidence")
    context = {"form": form, "nav_active": "evidence"}
    return render(
        request, "tenants/witness_new.html", context, status=422 if request.method == "POST" else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page(Action.WITNESS_EDIT)
@step_up
def witness_retire(request: HttpRequest, witness_id: UUID) -> HttpResponse:
    """Ask once, then let a witness go."""
    actor = _actor(request)
    try:
        witness = get_active(actor=actor, witness_id=witness_id)
        if request.method == "POST":
            retire_witness(actor=actor, witness_id=witness_id)
            messages.success(request, _("The witness is retired. What it signed before stays on record."))
            return redirect("evidence")
    except WitnessUnknown:
        raise Http404 from None
    return render(request, "tenants/witness_retire.html", {"witness": witness, "nav_active": "evidence"})


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
