"""The name of a firm's log. Pure; it never changes, or every checkpoint that was kept would be another log's."""

from uuid import UUID


def origin_of(firm_id: UUID) -> str:
    """Name a firm's log: the origin of its checkpoints and the name of its keys."""
    return f"keyhole/{firm_id}"
