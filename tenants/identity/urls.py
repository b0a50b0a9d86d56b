"""The addresses of identity on each surface, and the door of those both have. None ever carries a token."""

from collections.abc import Callable

from django.urls import URLPattern, path

from tenants.identity.access import View, agent_page, firm_page
from tenants.identity.pages import account, invitation, people, signing, tokens
from tenants.identity.permissions import Action


def _gates() -> list[URLPattern]:
    return [
        path("sign-in", signing.sign_in, name="sign-in"),
        path("sign-in/code", signing.sign_in_code, name="sign-in-code"),
        path("sign-in/recovery", signing.sign_in_recovery, name="sign-in-recovery"),
        path("sign-in/help", signing.sign_in_help, name="sign-in-help"),
        path("sign-out", signing.sign_out, name="sign-out"),
        path("confirm", signing.confirm, name="confirm"),
        path("invitation", invitation.invitation, name="invitation"),
        path("invitation/password", invitation.invitation_password, name="invitation-password"),
        path("invitation/phone", invitation.invitation_phone, name="invitation-phone"),
        path("invitation/qr.svg", invitation.invitation_qr, name="invitation-qr"),
        path("account", account.account, name="account"),
        path("account/sign-out-everywhere", account.sign_out_everywhere, name="sign-out-everywhere"),
    ]


def _house(manage: Callable[[View], View]) -> list[URLPattern]:
    return [
        path("people/invite", manage(people.person_invite), name="person-invite"),
        path("people/<uuid:person_id>/renew", manage(people.person_renew), name="person-renew"),
        path("people/<uuid:person_id>/disable", manage(people.person_disable), name="person-disable"),
        path("people/<uuid:person_id>/enable", manage(people.person_enable), name="person-enable"),
    ]


firm_urlpatterns: list[URLPattern] = [
    *_gates(),
    *_house(firm_page(Action.PEOPLE_EDIT)),
    path("people", firm_page(Action.PEOPLE_VIEW)(people.people), name="people"),
    path("account/tokens", tokens.tokens, name="tokens"),
    path("account/tokens/new", tokens.token_new, name="token-new"),
    path("account/tokens/<uuid:token_id>/revoke", tokens.token_revoke, name="token-revoke"),
]

agent_urlpatterns: list[URLPattern] = [
    *_gates(),
    *_house(agent_page(Action.TEAM_EDIT)),
    path("team", agent_page(Action.TEAM_EDIT)(people.people), name="team"),
]
