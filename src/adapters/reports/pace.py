"""How fast it goes, and how long it will take."""

from collections import deque

_WINDOW = 60.0


class Pace:
    """From what was done in the last minute; what was done before the first sample counts for nothing."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()
        self._first: tuple[float, int] | None = None

    def add(self, seconds: float, done: int) -> None:
        """`seconds` on a clock that only goes forward."""
        self._first = self._first or (seconds, done)
        self._samples.append((seconds, done))
        while len(self._samples) > 2 and self._samples[1][0] <= seconds - _WINDOW:
            self._samples.popleft()

    @property
    def rate(self) -> float:
        """Per second; 0 when it cannot be told."""
        return _rate(self._samples[0], self._samples[-1]) if self._samples else 0.0

    @property
    def overall(self) -> float:
        """Per second, from the first sample on; 0 when it cannot be told."""
        return _rate(self._first, self._samples[-1]) if self._first else 0.0

    def left(self, done: int, total: int | None) -> float | None:
        """Seconds to go, None when it cannot be told."""
        if total is None or not self.rate:
            return None
        return max(0, total - done) / self.rate


def _rate(first: tuple[float, int], last: tuple[float, int]) -> float:
    seconds, done = last[0] - first[0], last[1] - first[1]
    return max(0.0, done / seconds) if seconds > 0 else 0.0
