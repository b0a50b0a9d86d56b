"""Signing in and out, and confirming once more. Every refusal reads the same, whatever its cause."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tenants.identity import entrance
from tenants.identity.access import open_page, signed_in_page
from tenants.identity.errors import CodeRefused, SignInLost, SignInRefused
from tenants.identity.forms import CodeForm, RecoveryForm, SignInForm
from tenants.identity.pages.gate import (
    client_of,
    gate_page,
    home_of,
    next_of,
    process_keyring,
    session_of,
    show,
    with_next,
)
from tenants.vault.sealed import SealedText


@gate_page
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for e-mail and password; the right ones lead on to the code."""
    wanted = next_of(request)
    person = entrance.load_person(session_of(request)) if request.method != "POST" else None
    if person is not None and person["stage"] == 2:
        return redirect(wanted or home_of(person["role"]))
    form = SignInForm(request.POST or None)
    if form.is_valid():
        try:
            entrance.give_password(
                session=session_of(request),
                email=form.cleaned_data["email"],
                password=SealedText(form.cleaned_data["password"]),
                client=client_of(request),
            )
        except SignInRefused as error:
            form.add_error("password", error.message)
        else:
            rotate_token(request)
            return redirect(with_next("sign-in-code", wanted))
    return show(
        request, "tenants/identity_sign_in.html", {"form": form, "next": wanted}, status=_status(form.errors)
    )


@gate_page
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for six digits of the phone, after the password."""
    return _second_step(request, "tenants/identity_code.html", CodeForm)


@gate_page
def sign_in_recovery(request: HttpRequest) -> HttpResponse:
    """Ask for a recovery code instead of the phone's digits."""
    return _second_step(request, "tenants/identity_recovery.html", RecoveryForm)


@signed_in_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask somebody who is signed in for a fresh code, before an act that needs one."""
    session = session_of(request)
    wanted = next_of(request)
    person = entrance.load_person(session)
    if person is None or person["stage"] != 2:
        return redirect(with_next("sign-in", wanted))
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            entrance.give_code(
                session=session,
                code=form.cleaned_data["code"],
                client=client_of(request),
                keyring=process_keyring(),
            )
        except CodeRefused as error:
            form.add_error("code", error.message)
        except SignInLost:
            return redirect(with_next("sign-in", wanted))
        else:
            rotate_token(request)
            return redirect(wanted or home_of(person["role"]))
    context = {"form": form, "next": wanted, "person": person, "home": home_of(person["role"])}
    return show(request, "tenants/identity_confirm.html", context, status=_status(form.errors))


@open_page
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    session_of(request).flush()
    return redirect("sign-in")


@gate_page
def sign_in_help(request: HttpRequest) -> HttpResponse:
    """Say whom to ask when a person cannot sign in. Nothing is sent or reset from here."""
    return show(request, "tenants/identity_sign_in_help.html", {})


def _second_step(
    request: HttpRequest, template: str, form_class: type[CodeForm] | type[RecoveryForm]
) -> HttpResponse:
    session = session_of(request)
    wanted = next_of(request)
    person = entrance.load_person(session)
    if person is None:
        return redirect(with_next("sign-in", wanted))
    if person["stage"] == 2:
        return redirect(wanted or home_of(person["role"]))
    form = form_class(request.POST or None)
    if form.is_valid():
        code = form.cleaned_data["code"]
        client = client_of(request)
        try:
            if form_class is RecoveryForm:
                entrance.give_recovery_code(session=session, code=code, client=client)
            else:
                entrance.give_code(session=session, code=code, client=client, keyring=process_keyring())
        except CodeRefused as error:
            form.add_error("code", error.message)
        except SignInLost:
            return redirect(with_next("sign-in", wanted))
        else:
            rotate_token(request)
            return redirect(wanted or home_of(person["role"]))
    context = {"form": form, "next": wanted, "person": person}
    return show(request, template, context, status=_status(form.errors))


def _status(errors: object) -> int:
    return 422 if errors else 200
