"""The people of one's own house: a firm's for its managers, an outsourcer's team for its supervisors.

Each surface puts its own door on these views in urls.py; none may be mounted without one.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tenants.db.errors import KeyholeError
from tenants.identity import queries, services
from tenants.identity.access import step_up
from tenants.identity.actor import Actor
from tenants.identity.errors import EmailTaken, StepUpNeeded
from tenants.identity.forms import PersonForm
from tenants.identity.pages.gate import session_of, with_next
from tenants.identity.permissions import allows
from tenants.identity.queries import Member
from tenants.identity.services import Invited


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """List the firm's people, or the outsourcer's for its supervisor."""
    actor = _actor(request)
    context = {
        "members": queries.list_people(actor=actor, session_key=_session_key(request)),
        "may_edit": allows(actor, services.people_action()),
        **_frame(),
    }
    return render(request, "tenants/identity_people.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_invite(request: HttpRequest) -> HttpResponse:
    """Invite a person; the link is shown once, to be handed over."""
    form = PersonForm(request.POST or None, surface=settings.KEYHOLE_SURFACE)
    if form.is_valid():
        try:
            invited = services.invite_person(
                actor=_actor(request), session_key=_session_key(request), **form.cleaned_data
            )
        except EmailTaken as error:
            form.add_error("email", error.message)
        else:
            return _show_link(request, invited, form.cleaned_data["name"])
    context = {"form": form, **_frame()}
    return render(request, "tenants/identity_person_invite.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@step_up
def person_renew(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Give a person a new link, after asking once."""
    member = _member(request, person_id)

    def renew() -> HttpResponse:
        invited = services.renew_invitation(
            actor=_actor(request), session_key=_session_key(request), person_id=member.id
        )
        return _show_link(request, invited, member.name)

    return _ask_once(request, member, "renew", renew)


@require_http_methods(["GET", "HEAD", "POST"])
@step_up
def person_disable(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Take a person's access, after asking once."""
    member = _member(request, person_id)

    def disable() -> HttpResponse:
        services.disable_person(actor=_actor(request), session_key=_session_key(request), person_id=member.id)
        messages.success(request, _("%(name)s is disabled and signed out.") % {"name": member.name})
        return redirect(_list_page())

    return _ask_once(request, member, "disable", disable)


@require_http_methods(["GET", "HEAD", "POST"])
@step_up
def person_enable(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Give a person access again, after asking once."""
    member = _member(request, person_id)

    def enable() -> HttpResponse:
        services.enable_person(actor=_actor(request), session_key=_session_key(request), person_id=member.id)
        messages.success(request, _("%(name)s may sign in again.") % {"name": member.name})
        return redirect(_list_page())

    return _ask_once(request, member, "enable", enable)


def _ask_once(
    request: HttpRequest, member: Member, act: str, perform: Callable[[], HttpResponse]
) -> HttpResponse:
    problems: list[object] = []
    if request.method == "POST":
        try:
            return perform()
        except StepUpNeeded:
            return redirect(with_next("confirm", request.path))
        except KeyholeError as error:
            problems.append(error.message)
    context = {"member": member, "act": act, "problems": problems, **_frame()}
    return render(request, "tenants/identity_person_act.html", context, status=422 if problems else 200)


def _show_link(request: HttpRequest, invited: Invited, name: str) -> HttpResponse:
    link = f"{request.build_absolute_uri(reverse('invitation'))}#{invited.token.open_text()}"
    context = {"link": link, "name": name, **_frame()}
    return render(request, "tenants/identity_person_link.html", context)


def _frame() -> dict[str, Any]:
    """What these pages need to stand in either surface's frame."""
    is_firm = settings.KEYHOLE_SURFACE == "firm"
    return {
        "layout": "shell.html" if is_firm else "plain.html",
        "nav_active": "people",
        "list_url": reverse(_list_page()),
        "is_firm": is_firm,
    }


def _list_page() -> str:
    return "people" if settings.KEYHOLE_SURFACE == "firm" else "team"


def _member(request: HttpRequest, person_id: UUID) -> Member:
    member = queries.find_person(
        actor=_actor(request), session_key=_session_key(request), person_id=person_id
    )
    if member is None:
        raise Http404
    return member


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by the middleware, checked by the door
    return actor


def _session_key(request: HttpRequest) -> str:
    return session_of(request).session_key or ""
