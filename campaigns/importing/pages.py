"""The import wizard: file, columns, import, result. The file is sealed from its first byte on."""

from pathlib import PurePosixPath
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.importing import services
from campaigns.importing.errors import ImportOver, NoPhoneColumn, RoleTwice, UploadGone
from campaigns.importing.forms import ColumnForms, UploadForm
from campaigns.importing.mapping import MappingError
from campaigns.importing.models import ImportBatch
from campaigns.importing.preview import Preview, preview_import
from campaigns.importing.reasons import TableError
from campaigns.importing.sentences import failure_words
from campaigns.importing.services import Upload
from campaigns.importing.spooling import open_reader
from campaigns.importing.stored import from_json
from campaigns.importing.upload import SealedUpload, SealingUploadHandler
from campaigns.lists.pages import fates_context
from campaigns.lists.queries import find_import
from campaigns.planning.models import Campaign
from campaigns.planning.queries import list_campaigns
from tenants.identity.access import firm_page
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, allows

_FORM_METHODS = ["GET", "HEAD", "POST"]
_State = ImportBatch.State
_UNDER_WAY = (_State.QUEUED, _State.RUNNING)


# The forgery check reads the form, and the form holds the file: the handler must be in place before it.
@csrf_exempt
@firm_page(Action.LIST_IMPORT)
@require_http_methods(_FORM_METHODS)
def import_start(request: HttpRequest) -> HttpResponse:
    """Take the file."""
    handler = SealingUploadHandler(request)
    if request.method == "POST":
        request.upload_handlers = [handler]
    return _start(request, handler)


@csrf_protect
def _start(request: HttpRequest, handler: SealingUploadHandler) -> HttpResponse:
    actor = _actor(request)
    campaigns = list(list_campaigns(firm_id=actor.own_firm_id).exclude(state=Campaign.State.FINISHED))
    asked = request.GET.get("campaign") or (str(campaigns[0].id) if campaigns else "")
    region = next((one.default_region for one in campaigns if str(one.id) == asked), "GB")
    form = UploadForm(campaigns, request.POST or None, initial={"campaign": asked, "region": region})
    problems: list[str] = []
    if request.method == "POST":
        upload = request.FILES.get("file")
        if handler.problem is not None:
            problems.append(str(handler.problem.message))
        elif not isinstance(upload, SealedUpload) or not upload.size:
            problems.append(_("Choose a file. Nothing was stored."))
        elif form.is_valid():
            batch = _take(actor, form, upload, problems)
            if batch is not None:
                return redirect("import-columns", batch_id=batch.id)
        handler.discard()
    context = {"form": form, "problems": problems, "campaigns": campaigns, "nav_active": "lists"}
    failed = bool(problems or form.errors)
    return render(request, "campaigns/importing_file.html", context, status=422 if failed else 200)


def _take(actor: Actor, form: UploadForm, upload: SealedUpload, problems: list[str]) -> ImportBatch | None:
    name = upload.name or "list"
    asked = Upload(
        batch_id=upload.batch_id,
        file_name=name,
        size_bytes=upload.size or 0,
        list_name=form.cleaned_data["list_name"] or PurePosixPath(name).stem,
        region=form.cleaned_data["region"],
    )
    try:
        with open_reader(upload.batch_id, settings.KEYRING) as stream:
            return services.take_upload(
                actor=actor, campaign_id=form.cleaned_data["campaign"], upload=asked, stream=stream
            )
    except TableError as error:
        problems.append(failure_words(error.code))
        return None


@never_cache
@firm_page(Action.LIST_IMPORT)
@require_http_methods(_FORM_METHODS)
def import_columns(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Say what each column is, and see what would happen to the first rows."""
    batch = _find(request, batch_id)
    if batch.state != _State.UPLOADED:
        return redirect("import-progress", batch_id=batch.id)
    actor = _actor(request)
    if request.method != "POST":
        return _show_columns(request, batch, _column_forms(batch), [])
    if "header" in request.POST:
        try:
            with open_reader(batch.id, settings.KEYRING) as stream:
                batch = services.read_header_differently(
                    actor=actor, batch_id=batch.id, has_header=not batch.has_header, stream=stream
                )
        except (TableError, UploadGone) as error:
            return _show_columns(request, batch, _column_forms(batch), [failure_words(error.code)])
        return redirect("import-columns", batch_id=batch.id)
    forms = _column_forms(batch, request)
    problems: list[str] = []
    if forms.is_valid():
        batch = services.choose_columns(
            actor=actor,
            batch_id=batch.id,
            columns=forms.chosen(),
            keep_possible=forms.whole.cleaned_data["possible"] == "keep",
            region=forms.whole.cleaned_data["region"],
        )
        if "import" in request.POST:
            try:
                services.start_import(actor=actor, batch_id=batch.id)
            except (NoPhoneColumn, RoleTwice) as error:
                problems.append(str(error.message))
            else:
                return redirect("import-progress", batch_id=batch.id)
    return _show_columns(request, batch, forms, problems)


def _column_forms(batch: ImportBatch, request: HttpRequest | None = None) -> ColumnForms:
    return ColumnForms(
        batch.file_columns,
        from_json(batch.mapping),
        {"region": batch.region, "possible": batch.possible_numbers},
        request.POST if request else None,
    )


def _show_columns(
    request: HttpRequest, batch: ImportBatch, forms: ColumnForms, problems: list[str]
) -> HttpResponse:
    preview: Preview | None = None
    try:
        with open_reader(batch.id, settings.KEYRING) as stream:
            preview = preview_import(batch, stream, settings.KEYRING)
        services.record_preview(actor=_actor(request), batch=batch, rows=len(preview.rows))
    except MappingError:
        problems = problems or [str(NoPhoneColumn.message)]
    except (TableError, UploadGone) as error:
        problems = [*problems, failure_words(error.code)]
    samples = preview.samples if preview else ("",) * len(batch.file_columns)
    context = {
        "batch": batch,
        "forms": forms,
        "form": forms.whole,
        "rows": list(zip(forms.columns, samples, strict=True)),
        "preview": preview,
        "problems": problems,
        "nav_active": "lists",
    }
    return render(request, "campaigns/importing_columns.html", context, status=422 if problems else 200)


@never_cache
@firm_page(Action.LIST_VIEW)
@require_safe
def import_progress(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show how far an import is; the page asks for its inner part again and again."""
    batch = _find(request, batch_id)
    is_part = request.headers.get("HX-Request") == "true"
    if batch.state == _State.UPLOADED:
        return redirect("import-columns", batch_id=batch.id)
    if batch.state not in _UNDER_WAY:
        target = reverse("import-result", kwargs={"batch_id": batch.id})
        if is_part:
            response = HttpResponse(status=204)
            response["HX-Redirect"] = target
            return response
        return redirect(target)
    seconds = (timezone.now() - batch.started_at).total_seconds() if batch.started_at else 0.0
    done = min(99, round(100 * batch.bytes_read / batch.size_bytes)) if batch.size_bytes else 0
    context = {
        "batch": batch,
        # A workbook is read before its first row is: its bytes say nothing about what is left.
        "done": done if batch.kind == "csv" else None,
        "rate": round(batch.rows_in / seconds) if seconds > 0.5 else None,
        "left_s": round(seconds * (100 - done) / done) if done > 5 and batch.kind == "csv" else None,
        "may_import": allows(_actor(request), Action.LIST_IMPORT),
        "nav_active": "lists",
    }
    template = "campaigns/importing_progress_part.html" if is_part else "campaigns/importing_progress.html"
    return render(request, template, context)


@firm_page(Action.LIST_VIEW)
@require_safe
def import_result(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show what became of the rows."""
    batch = _find(request, batch_id)
    if batch.state == _State.UPLOADED or batch.state in _UNDER_WAY:
        return redirect("import-progress", batch_id=batch.id)
    took = batch.finished_at - batch.started_at if batch.finished_at and batch.started_at else None
    context = {
        "took_s": round(took.total_seconds(), 1) if took else None,
        "nav_active": "lists",
        **fates_context(request, batch),
    }
    return render(request, "campaigns/importing_result.html", context)


@firm_page(Action.LIST_IMPORT)
@require_POST
def import_cancel(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Stop an import; nothing of the file stays."""
    batch = _find(request, batch_id)
    try:
        services.cancel_import(actor=_actor(request), batch_id=batch.id)
    except ImportOver as error:
        messages.warning(request, str(error.message))
        return redirect("import-progress", batch_id=batch.id)
    messages.success(request, _("The import is cancelled. Nothing of the file is stored."))
    return redirect("lists")


def _find(request: HttpRequest, batch_id: UUID) -> ImportBatch:
    found = find_import(firm_id=_actor(request).own_firm_id, batch_id=batch_id)
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
