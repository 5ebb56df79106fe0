"""How fast it goes, and how long it will take."""

from collections import deque

_WINDOW = 60.0


class Pace:
    """From what was done in the last minute; what was done before the first sample counts for nothing."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def add(self, seconds: float, done: int) -> None:
        """`seconds` on a clock that only goes forward."""
        self._samples.append((seconds, done))
        while len(self._samples) > 2 and self._samples[1][0] <= seconds - _WINDOW:
            self._samples.popleft()

    @property
    def rate(self) -> float:
        """Per second; 0 when it cannot be told."""
        if len(self._samples) < 2:
            return 0.0
        (began, before), (now, done) = self._samples[0], self._samples[-1]
        return max(0.0, (done - before) / (now - began)) if now > began else 0.0

    def left(self, done: int, total: int | None) -> float | None:
        """Seconds to go, None when it cannot be told."""
        if total is None or not self.rate:
            return None
        return max(0, total - done) / self.rate
