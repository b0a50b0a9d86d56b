"""Addresses of the supervisor's floor, on the agent surface."""

from django.urls import path

from dialer.floor import pages

agent_urlpatterns = [
    path("floor", pages.floor, name="floor"),
    path("floor/board", pages.floor_board, name="floor-board"),
]
