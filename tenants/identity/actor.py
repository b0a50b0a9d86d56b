"""Who acts: resolved from a session or an API token by the database, never from what a request claims."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenants.identity.models import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """A person of full standing (second factor given), or a person's API token (then `scopes` is set)."""

    person_id: UUID
    name: str
    role: Role
    firm_id: UUID | None
    outsourcer_id: UUID | None
    house_name: str
    language: str
    session_ref: str
    address: str | None
    device: str
    scopes: frozenset[str] | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any], *, address: str | None, device: str) -> "Actor":
        """Build an actor from what tenants_load_person_v1 or tenants_load_api_token_v1 returned."""
        scopes = row.get("scopes")
        return cls(
            person_id=UUID(row["id"]),
            name=row["name"],
            role=Role(row["role"]),
            firm_id=UUID(row["firm_id"]) if row["firm_id"] else None,
            outsourcer_id=UUID(row["outsourcer_id"]) if row["outsourcer_id"] else None,
            house_name=row["house_name"],
            language=row["language"],
            session_ref=row["session_ref"],
            address=address,
            device=device,
            scopes=frozenset(scopes) if scopes is not None else None,
        )

    @property
    def own_firm_id(self) -> UUID:
        """The firm of a firm's person, for queries that name it.

        Raises: ValueError for a person of an outsourcer, who belongs to no firm.
        """
        if self.firm_id is None:
            raise ValueError("a person of an outsourcer has no firm")
        return self.firm_id

    @property
    def is_authenticated(self) -> bool:
        """True: an anonymous request has no actor at all."""
        return True
