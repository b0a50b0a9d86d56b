"""Addresses of the firm's evidence pages. A phone number has no place in any of them."""

from django.urls import path

from dialer.oversight import live_pages, pages, subject_pages

firm_urlpatterns = [
    path("contacts", pages.contacts, name="contacts"),
    path("contacts/number", pages.find_number, name="contacts-number"),
    path("contacts/<uuid:contact_id>", subject_pages.contact, name="contact"),
    path("contacts/agents/<uuid:person_id>", subject_pages.contact_agent, name="contacts-agent"),
    path("contacts/campaigns/<uuid:campaign_id>", subject_pages.contact_campaign, name="contacts-campaign"),
    path("contacts/entries/<uuid:entry_id>", subject_pages.entry, name="entry"),
    path("contacts/entries/<uuid:entry_id>/proof", subject_pages.entry_proof, name="entry-proof"),
    path("live", live_pages.live, name="live"),
    path("live/rows", live_pages.live_rows, name="live-rows"),
    path("live/stop", live_pages.live_stop, name="live-stop"),
]
