"""Figures as people read them, for templates. Never reads the database."""

from datetime import timedelta

from django import template
from django.utils.formats import number_format

from campaigns.planning.figures import span_words

register = template.Library()


@register.filter
def grouped(value: float | None) -> str:
    """Write a count with the language's grouping: 12,480. Nothing for None."""
    return "" if value is None else number_format(value, force_grouping=True)


@register.filter
def span(seconds: float | None) -> str:
    """Write seconds as '4 h' or '20 min'. Nothing for None."""
    return "" if seconds is None else span_words(timedelta(seconds=seconds))
