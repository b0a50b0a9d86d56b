"""The firm's pages of exports: ask, compare the key, approve or refuse, follow, download. No page opens anything."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.exporting import queries, services
from campaigns.exporting.download import send_file
from campaigns.exporting.errors import ExportNotFound, FileGone, ListDestroyed, failure_words
from campaigns.exporting.folder import export_path
from campaigns.exporting.forms import ExportForm, RefusalForm
from campaigns.exporting.keytext import grouped, key_digest
from campaigns.exporting.models import Export
from campaigns.lists.models import ContactList
from tenants.db.errors import KeyholeError
from tenants.identity.access import firm_page, step_up
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, allows

_FORM_METHODS = ["GET", "HEAD", "POST"]
_State = Export.State
_UNDER_WAY = (_State.APPROVED, _State.SEALED, _State.MAKING)
_OPEN = (_State.REQUESTED, *_UNDER_WAY, _State.READY)
_TOOL = Path(__file__).with_name("keyhole_open.py")
_MAKE_KEY = f"python {_TOOL.name} keygen"


def _confirmed_to_open(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask for a fresh second factor before the form is shown; what was typed into it is not lost to asking again."""
    opening = step_up(view)

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return (view if request.method == "POST" else opening)(request, *args, **kwargs)

    return door


@firm_page(Action.EXPORT_VIEW)
@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """List the firm's exports, newest first."""
    actor = _actor(request)
    found = list(queries.list_exports(firm_id=actor.own_firm_id))
    names = queries.name_people(firm_id=actor.own_firm_id, person_ids=[one.requested_by for one in found])
    context = {
        "rows": [{"export": one, "asked_by": names.get(one.requested_by, "")} for one in found],
        "may_ask": allows(actor, Action.EXPORT_REQUEST),
        "has_list": queries.list_exportable(firm_id=actor.own_firm_id).exists(),
        "nav_active": "exports",
    }
    return render(request, "campaigns/exporting_exports.html", context)


@never_cache
@firm_page(Action.EXPORT_REQUEST)
@_confirmed_to_open
@require_http_methods(_FORM_METHODS)
def export_new(request: HttpRequest) -> HttpResponse:
    """Ask for an export."""
    actor = _actor(request)
    lists = list(queries.list_exportable(firm_id=actor.own_firm_id))
    wanted = _wanted_list(request, actor)
    form = ExportForm(lists, request.POST or None, initial={"list": str(wanted.id) if wanted else ""})
    problems: list[str] = []
    if wanted is not None and wanted.state == ContactList.State.DESTROYED:
        problems.append(str(ListDestroyed.message))
    if request.method == "POST" and form.is_valid():
        try:
            export_id = services.request_export(
                actor=actor,
                list_id=UUID(form.cleaned_data["list"]),
                what=form.cleaned_data["what"],
                reason=form.cleaned_data["reason"],
                key_text=form.cleaned_data["key"],
            )
        except KeyholeError as error:
            problems.append(str(error.message))
        else:
            messages.success(request, _("You asked for the export. Another person must approve it."))
            return redirect("export", export_id=export_id)
    failed = request.method == "POST"
    context = {
        "form": form,
        "problems": problems,
        "lists": lists,
        "command": _MAKE_KEY,
        "nav_active": "exports",
    }
    return render(request, "campaigns/exporting_new.html", context, status=422 if failed else 200)


@never_cache
@firm_page(Action.EXPORT_VIEW)
@require_safe
def export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Show where an export stands; while it is made the page asks for its inner part again and again."""
    found = _find(request, export_id)
    is_part = request.headers.get("HX-Request") == "true"
    if is_part and found.state not in _UNDER_WAY:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    template = "campaigns/exporting_steps.html" if is_part else "campaigns/exporting_export.html"
    return render(request, template, _describe(_actor(request), found))


@never_cache
@firm_page(Action.EXPORT_APPROVE)
@step_up
@require_http_methods(_FORM_METHODS)
def export_approve(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Compare the key's fingerprint, then approve."""
    found = _find(request, export_id)
    if request.method != "POST":
        return _ask(request, found, "approve")
    try:
        shown = bytes.fromhex(request.POST.get("fingerprint", ""))
    except ValueError:
        shown = b""

    def approve() -> None:
        services.approve_export(
            actor=_actor(request), export_id=found.id, shown_digest=shown, keyring=settings.KEYRING
        )

    return _act(request, found, "approve", approve, _("Approved. The keys are being sealed for your firm."))


@never_cache
@firm_page(Action.EXPORT_APPROVE)
@require_http_methods(_FORM_METHODS)
def export_refuse(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Refuse another's export, at any time before it is over."""
    found = _find(request, export_id)
    form = RefusalForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, found, "refuse", form=form)

    def refuse() -> None:
        services.stop_export(actor=_actor(request), export_id=found.id, reason=form.cleaned_data["reason"])

    return _act(request, found, "refuse", refuse, _("Refused. Nothing of this export stays."))


@never_cache
@firm_page(Action.EXPORT_REQUEST)
@require_http_methods(_FORM_METHODS)
def export_cancel(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Take one's own export back, at any time before it is over."""
    found = _find(request, export_id)
    if request.method != "POST":
        return _ask(request, found, "cancel")

    def cancel() -> None:
        if found.requested_by != _actor(request).person_id:
            raise ExportNotFound
        services.stop_export(actor=_actor(request), export_id=found.id)

    return _act(request, found, "cancel", cancel, _("Taken back. Nothing of this export stays."))


@firm_page(Action.EXPORT_REQUEST)
@step_up
@require_POST
def export_download(request: HttpRequest, export_id: UUID) -> Any:
    """Give the sealed file to who asked or who approved; each time is an entry, written before the first byte."""
    found = _find(request, export_id)
    path = export_path(found.id)
    try:
        if found.state == _State.READY and not path.is_file():
            raise FileGone
        services.count_download(actor=_actor(request), export_id=found.id)
    except KeyholeError as error:
        messages.warning(request, str(error.message))
        return redirect("export", export_id=found.id)
    return send_file(path)


@firm_page(Action.EXPORT_VIEW)
@require_safe
def export_tool(request: HttpRequest) -> HttpResponse:
    """Give the script that makes a key and opens an export."""
    response = HttpResponse(_TOOL.read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{_TOOL.name}"'
    return response


def _describe(actor: Actor, found: Export) -> dict[str, Any]:
    people = (found.requested_by, found.approved_by, found.ended_by)
    names = queries.name_people(firm_id=actor.own_firm_id, person_ids=people)
    mine = found.requested_by == actor.person_id
    may = allows(actor, Action.EXPORT_APPROVE)
    is_open = found.state in _OPEN
    digest = key_digest(bytes(found.public_key))
    return {
        "export": found,
        "asked_by": names.get(found.requested_by, ""),
        "approved_by": names.get(found.approved_by, "") if found.approved_by else "",
        "ended_by": names.get(found.ended_by, "") if found.ended_by else "",
        "digest": digest.hex(),
        "fingerprint": grouped(digest),
        "file_digest": grouped(bytes(found.digest)) if found.digest else "",
        "failure": failure_words(found.failure),
        "under_way": found.state in _UNDER_WAY,
        "may_approve": may and not mine and found.state == _State.REQUESTED,
        "may_refuse": may and not mine and is_open,
        "may_cancel": may and mine and is_open,
        "may_download": may
        and actor.person_id in (found.requested_by, found.approved_by)
        and found.state == _State.READY,
        "mine": mine,
        "command": f"python {_TOOL.name} open export-{found.id}.khx --key export-key.txt --out list.csv",
        "nav_active": "exports",
    }


def _ask(request: HttpRequest, found: Export, act: str, **more: Any) -> HttpResponse:
    context = {
        **_describe(_actor(request), found),
        "act": act,
        "is_approval": act == "approve",
        "form": None,
        **more,
    }
    failed = request.method == "POST"
    return render(request, "campaigns/exporting_act.html", context, status=422 if failed else 200)


def _act(request: HttpRequest, found: Export, act: str, do: Callable[[], None], words: str) -> HttpResponse:
    try:
        do()
    except ExportNotFound:
        raise Http404 from None
    except KeyholeError as error:
        return _ask(
            request,
            found,
            act,
            problems=[str(error.message)],
            form=RefusalForm() if act == "refuse" else None,
        )
    messages.success(request, words)
    return redirect("export", export_id=found.id)


def _wanted_list(request: HttpRequest, actor: Actor) -> ContactList | None:
    try:
        wanted = UUID(request.GET.get("list", ""))
    except ValueError:
        return None
    return queries.find_list(firm_id=actor.own_firm_id, list_id=wanted)


def _find(request: HttpRequest, export_id: UUID) -> Export:
    found = queries.find_export(firm_id=_actor(request).own_firm_id, export_id=export_id)
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
