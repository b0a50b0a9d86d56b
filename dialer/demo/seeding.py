"""Fills an empty database with the demo: houses, people, engagements, a campaign, a list and some finished calls."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from campaigns.planning.hours import Window
from campaigns.planning.models import Campaign
from campaigns.planning.plan import ColumnRule
from campaigns.planning.queries import load_plan
from campaigns.planning.services import create_campaign, edit_plan, engage_outsourcer, start_campaign
from dialer.demo.calls import play_calls
from dialer.demo.cast import CAMPAIGN_NAME, CAST, FIRM_HANDLE, FIRM_NAME, LIST_NAME, OUTSOURCERS, DemoPerson
from dialer.demo.customers import write_customers
from dialer.demo.script import SCRIPT
from dialer.demo.stage import ADDRESS, DEVICE, Stage
from dialer.env import REPOSITORY, Env
from tenants.db.firm import firm_transaction
from tenants.firms.services import Terms, add_engagement
from tenants.identity.actor import Actor

CUSTOMERS = 200
# Name, label, visible (0 before the call, 1 after answer, 2 after verification, 9 never), question.
_COLUMNS = (
    ColumnRule("first_name", "First name", 0),
    ColumnRule("last_name", "Last name", 0),
    ColumnRule("town", "Town", 0),
    ColumnRule("region", "State", 0),
    ColumnRule("customer_since", "Customer since", 0),
    ColumnRule("tariff", "Tariff", 1),
    ColumnRule("contract_ends", "Contract ends", 1),
    ColumnRule("postcode", "Post code", 2, "What is your post code?"),
    ColumnRule("email", "E-mail", 2),
    ColumnRule("yearly_use_kwh", "Yearly use, kWh", 2),
    ColumnRule("external_id", "Account number", 2, "What is your account number?"),
    ColumnRule("credit_note", "Credit note", 9),
)


def seed(env: Env) -> bool:
    """Seed the demo; returns False when the database has it already."""
    stage = Stage(env)
    try:
        stage.secrets.make([person.email for person in CAST])
        if stage.call("worker", "campaigns_find_campaign_v1", FIRM_HANDLE, CAMPAIGN_NAME):
            return False
        _found_houses(stage)
        token = stage.sign_in(_person("ines"))
        actor = _actor(stage, token)
        with firm_transaction(token):
            campaign_id = _plan(actor)
        _import(env)
        with firm_transaction(token):
            _open(actor, campaign_id)
        stage.call("worker", "dialer_enqueue_lists_v1")
        stage.call("worker", "dialer_refill_hoppers_v1", 50, 100)
        for number, key in enumerate(("marta", "luis", "jon")):
            play_calls(stage, _person(key), count=9 - 2 * number, seed=number)
        stage.call("firm", "tenants_end_sessions_v1", token, "firm")
        return True
    finally:
        stage.close()


def _person(key: str) -> DemoPerson:
    return next(person for person in CAST if person.key == key)


def _found_houses(stage: Stage) -> None:
    """Make the firm and the outsourcers with their first person, who then invites the others."""
    ines = _person("ines")
    invite, digest = stage.new_invite()
    made = stage.call(
        "owner",
        "tenants_create_firm_v1",
        FIRM_HANDLE,
        FIRM_NAME,
        "US",
        "America/New_York",
        ines.email,
        ines.name,
        digest,
    )
    stage.join(ines, UUID(made["person_id"]), invite)
    heads = {FIRM_HANDLE: ines}
    for handle, name in OUTSOURCERS.items():
        head = next(person for person in CAST if person.house == handle)
        invite, digest = stage.new_invite()
        made = stage.call(
            "owner", "tenants_create_outsourcer_v1", handle, name, head.email, head.name, digest
        )
        stage.join(head, UUID(made["person_id"]), invite)
        heads[handle] = head
    for handle, head in heads.items():
        token = stage.sign_in(head)
        for person in CAST:
            if person.house == handle and person != head:
                stage.invite(token, person)
        stage.call(head.surface, "tenants_end_sessions_v1", token, head.surface)


def _actor(stage: Stage, token: str) -> Actor:
    row = stage.call("firm", "tenants_load_person_v1", token, "firm")
    return Actor.from_row(row, address=ADDRESS, device=DEVICE)


def _plan(actor: Actor) -> UUID:
    """Engage both outsourcers and write the campaign, open at all hours: nobody real is called."""
    today = datetime.now(UTC).date()
    terms = Terms(
        starts_on=today,
        ends_on=today + timedelta(days=180),
        cap_agent_hour=120,
        cap_agent_day=600,
        cap_day=2000,
        skip_budget_day=5,
    )
    campaign = create_campaign(actor=actor, name=CAMPAIGN_NAME, country="US")
    plan = load_plan(campaign)
    hours = tuple(Window(weekday, time(0, 0), time.max) for weekday in range(1, 8))
    plan = replace(
        plan, hours=hours, closed_days=(), script=SCRIPT, verify_needed=1, min_ring_s=15, max_ring_s=30
    )
    edit_plan(actor=actor, campaign_id=campaign.id, seen_version=campaign.plan_version, plan=plan)
    for handle in OUTSOURCERS:
        low = replace(terms, cap_agent_day=14, cap_day=40) if handle == "brightwater" else terms
        engagement = add_engagement(actor=actor, handle=handle, terms=low)
        engage_outsourcer(actor=actor, campaign_id=campaign.id, engagement_id=engagement.id)
    return campaign.id


def _import(env: Env) -> None:
    """Import the list with the import command, as the worker."""
    path = env.var / "demo" / LIST_NAME
    write_customers(path, count=CUSTOMERS)
    subprocess.run(
        [
            sys.executable,
            str(REPOSITORY / "manage.py"),
            "import_list",
            str(path),
            "--firm",
            FIRM_HANDLE,
            "--campaign",
            CAMPAIGN_NAME,
            "--json",
        ],
        cwd=REPOSITORY,
        env={**os.environ, "KEYHOLE_PROCESS": "worker"},
        check=True,
    )
    path.unlink()


def _open(actor: Actor, campaign_id: UUID) -> None:
    """Say who sees which column, and start."""
    campaign = Campaign.objects.get(firm_id=actor.own_firm_id, id=campaign_id)
    plan = replace(load_plan(campaign), columns=_COLUMNS)
    edit_plan(actor=actor, campaign_id=campaign_id, seen_version=campaign.plan_version, plan=plan)
    start_campaign(actor=actor, campaign_id=campaign_id)
