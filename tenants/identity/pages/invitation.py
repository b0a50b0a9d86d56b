"""Joining by a one-time link, in three pages: open it, choose a password, tie the phone.

The link's secret never stands in an address that a server sees: it comes behind the #, or is pasted.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tenants.identity import entrance
from tenants.identity.access import open_page
from tenants.identity.enrolment import Enrolment
from tenants.identity.errors import CodeRefused, InvitationGone
from tenants.identity.forms import CodeForm, InvitationForm, PasswordForm
from tenants.identity.pages.gate import client_of, gate_page, process_keyring, session_of, show
from tenants.identity.totp import draw_qr, provisioning_uri, spell_secret
from tenants.vault.sealed import SealedText


@gate_page
def invitation(request: HttpRequest) -> HttpResponse:
    """Take the link: the page's script sends what stands behind the #, or the person pastes it."""
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        try:
            entrance.open_invitation(
                session=session_of(request), invite=form.cleaned_data["link"], keyring=process_keyring()
            )
        except InvitationGone as error:
            form.add_error("link", error.message)
        else:
            rotate_token(request)
            return redirect("invitation-password")
    return show(
        request, "tenants/identity_invitation.html", {"form": form}, status=422 if form.errors else 200
    )


@gate_page
def invitation_password(request: HttpRequest) -> HttpResponse:
    """Let the person choose a password, which nobody else ever learns."""
    enrolment = _enrolment(request)
    if enrolment is None:
        return redirect("invitation")
    form = PasswordForm(request.POST or None, email=enrolment.email)
    if form.is_valid():
        entrance.choose_password(
            session=session_of(request),
            enrolment=enrolment,
            password=SealedText(form.cleaned_data["password"]),
            keyring=process_keyring(),
        )
        return redirect("invitation-phone")
    context = {"form": form, "enrolment": enrolment}
    return show(
        request, "tenants/identity_invitation_password.html", context, status=422 if form.errors else 200
    )


@gate_page
def invitation_phone(request: HttpRequest) -> HttpResponse:
    """Tie the phone by its first code; then the recovery codes are shown, this once."""
    enrolment = _enrolment(request)
    if enrolment is None:
        return redirect("invitation")
    if enrolment.raw is None:
        return redirect("invitation-password")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            codes = entrance.join(
                session=session_of(request),
                enrolment=enrolment,
                code=form.cleaned_data["code"],
                client=client_of(request),
                keyring=process_keyring(),
            )
        except CodeRefused:
            form.add_error(
                "code", _("The code is not right. Check the clock of your phone, then type the next one.")
            )
        except InvitationGone as error:
            lost = InvitationForm({"link": ""})
            lost.errors.clear()
            lost.add_error("link", error.message)
            return show(request, "tenants/identity_invitation.html", {"form": lost}, status=422)
        else:
            rotate_token(request)
            return show(
                request, "tenants/identity_recovery_codes.html", {"codes": codes, "enrolment": enrolment}
            )
    context = {"form": form, "enrolment": enrolment, "secret": spell_secret(enrolment.secret)}
    return show(
        request, "tenants/identity_invitation_phone.html", context, status=422 if form.errors else 200
    )


@open_page
@never_cache
@require_safe
def invitation_qr(request: HttpRequest) -> HttpResponse:
    """Draw the second factor for the phone's camera, only for the session that is joining."""
    enrolment = _enrolment(request)
    if enrolment is None:
        raise Http404
    uri = provisioning_uri(enrolment.secret, email=enrolment.email, house_name=enrolment.house_name)
    return HttpResponse(draw_qr(uri), content_type="image/svg+xml")


def _enrolment(request: HttpRequest) -> Enrolment | None:
    return entrance.load_enrolment(session=session_of(request), keyring=process_keyring())
