"""Every table of the dialer app, gathered from its slices for Django to find."""

from dialer.calls.models import Attempt, CallCommand, CallEvent
from dialer.dispensing.models import (
    ContactStanding,
    Desk,
    DeskEvent,
    Hopper,
    Lease,
    Note,
    Queue,
    Waiting,
)

__all__ = [
    "Attempt",
    "CallCommand",
    "CallEvent",
    "ContactStanding",
    "Desk",
    "DeskEvent",
    "Hopper",
    "Lease",
    "Note",
    "Queue",
    "Waiting",
]
