"""The addresses of campaigns, on the firm surface alone."""

from django.urls import URLPattern, path

from campaigns.planning import pages

firm_urlpatterns: list[URLPattern] = [
    path("", pages.overview, name="overview"),
    path("campaigns", pages.campaigns, name="campaigns"),
    path("campaigns/new", pages.campaign_new, name="campaign-new"),
    path("campaigns/<uuid:campaign_id>", pages.campaign, name="campaign"),
    path("campaigns/<uuid:campaign_id>/plan", pages.plan_edit, name="campaign-plan"),
    path("campaigns/<uuid:campaign_id>/start", pages.campaign_start, name="campaign-start"),
    path("campaigns/<uuid:campaign_id>/pause", pages.campaign_pause, name="campaign-pause"),
    path("campaigns/<uuid:campaign_id>/resume", pages.campaign_resume, name="campaign-resume"),
    path("campaigns/<uuid:campaign_id>/finish", pages.campaign_finish, name="campaign-finish"),
    path("campaigns/<uuid:campaign_id>/engage", pages.campaign_engage, name="campaign-engage"),
    path(
        "campaigns/<uuid:campaign_id>/disengage/<uuid:engagement_id>",
        pages.campaign_disengage,
        name="campaign-disengage",
    ),
]
