"""What can be wrong with a log. Each names the log and the place, never what an entry holds."""

from uuid import UUID

from tenants.db.errors import KeyholeError


class LogBroken(KeyholeError):
    """The log does not fit what was signed of it; nothing more is signed until somebody has looked."""

    code = "log_broken"

    def __init__(self, firm_id: UUID, *, cause: str, position: int | None = None) -> None:
        super().__init__(f"{cause} in the log of firm {firm_id}")
        self.firm_id = firm_id
        self.cause = cause
        self.position = position
