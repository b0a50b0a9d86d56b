"""How many messages one socket may send. Pure: it is told the time and never waits."""

from dataclasses import dataclass


@dataclass(slots=True)
class Allowance:
    """A bucket of `burst` messages that refills by `rate` a second. Times are seconds of a steady clock."""

    rate: float
    burst: float
    left: float = -1.0
    at_s: float = 0.0

    def take(self, now_s: float) -> bool:
        """Spend one message; False when there is none left."""
        if self.left < 0:
            self.left, self.at_s = self.burst, now_s
        self.left = min(self.burst, self.left + max(0.0, now_s - self.at_s) * self.rate)
        self.at_s = now_s
        if self.left < 1:
            return False
        self.left -= 1
        return True
