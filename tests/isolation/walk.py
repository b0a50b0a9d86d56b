"""Walks the URL tables of both surfaces: every address by name, with what it takes. Data for the matrix, no test."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.urls import URLPattern, URLResolver

API = "api/"


@dataclass(frozen=True)
class Address:
    """One address of a surface. `takes` names its arguments, all of them ids; `action` is what its door asks for."""

    surface: str
    name: str
    takes: tuple[str, ...]
    is_api: bool
    view: Any

    def __str__(self) -> str:
        return f"{self.surface}:{self.name}"


def addresses(surface: str) -> list[Address]:
    """Every address of a surface, includes and all."""
    table = import_module(f"dialer.urls_{surface}").urlpatterns
    return list(_walk(table, surface, ""))


def _walk(table: list[URLPattern | URLResolver], surface: str, prefix: str) -> Any:
    for item in table:
        route = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _walk(item.url_patterns, surface, route)
        else:
            takes = tuple(item.pattern.converters)
            yield Address(surface, item.name or route, takes, route.startswith(API), item.callback)
