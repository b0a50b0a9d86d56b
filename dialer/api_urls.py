"""Addresses of the firm's API, below api/. None of them takes a phone number."""

from django.urls import path

from campaigns.importing import api as importing
from campaigns.lists import api as lists
from campaigns.planning import api as planning
from dialer import openapi
from dialer.oversight import api as oversight
from tenants.evidence import api as evidence
from tenants.firms import api as firms
from tenants.witness import api as witness

urlpatterns = [
    path("schema/", openapi.schema, name="api-schema"),
    path("v1/lists", lists.ListListView.as_view(), name="api-lists"),
    path("v1/lists/<uuid:list_id>", lists.ListView.as_view(), name="api-list"),
    path("v1/imports", importing.ImportListView.as_view(), name="api-imports"),
    path("v1/imports/<uuid:import_id>", importing.ImportView.as_view(), name="api-import"),
    path("v1/imports/<uuid:import_id>/rejects", importing.ImportRejectsView.as_view(), name="api-rejects"),
    path("v1/campaigns", planning.CampaignListView.as_view(), name="api-campaigns"),
    path("v1/campaigns/<uuid:campaign_id>", planning.CampaignView.as_view(), name="api-campaign"),
    path(
        "v1/campaigns/<uuid:campaign_id>/pause",
        planning.CampaignPauseView.as_view(),
        name="api-campaign-pause",
    ),
    path(
        "v1/campaigns/<uuid:campaign_id>/resume",
        planning.CampaignResumeView.as_view(),
        name="api-campaign-resume",
    ),
    path("v1/engagements", firms.EngagementListView.as_view(), name="api-engagements"),
    path("v1/engagements/<uuid:engagement_id>", firms.EngagementView.as_view(), name="api-engagement"),
    path(
        "v1/engagements/<uuid:engagement_id>/suspend",
        firms.EngagementSuspendView.as_view(),
        name="api-engagement-suspend",
    ),
    path(
        "v1/engagements/<uuid:engagement_id>/resume",
        firms.EngagementResumeView.as_view(),
        name="api-engagement-resume",
    ),
    path("v1/entries", oversight.EntryListView.as_view(), name="api-entries"),
    path("v1/ledger/checkpoint", evidence.CheckpointView.as_view(), name="api-checkpoint"),
    path("v1/ledger/keys", evidence.KeysView.as_view(), name="api-ledger-keys"),
    path("v1/ledger/consistency", evidence.ConsistencyView.as_view(), name="api-consistency"),
    path(
        "v1/ledger/entries/<uuid:entry_id>/proof", evidence.EntryProofView.as_view(), name="api-entry-proof"
    ),
    path("v1/ledger/cosignatures", witness.CosignatureView.as_view(), name="api-cosignatures"),
    path("v1/ledger/refusals", witness.RefusalView.as_view(), name="api-refusals"),
    path("v1/live", oversight.LiveView.as_view(), name="api-live"),
]
