"""The addresses of lists, on the firm surface alone."""

from django.urls import URLPattern, path

from campaigns.lists import pages

firm_urlpatterns: list[URLPattern] = [
    path("lists", pages.lists, name="lists"),
    path("lists/<uuid:list_id>", pages.contact_list, name="list"),
    path("lists/<uuid:list_id>/rows.csv", pages.list_rows, name="list-rows"),
]
