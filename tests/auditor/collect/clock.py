class Clock:
    """Time that passes only where somebody waits, or is told to pass."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._began = self.now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    @property
    def passed(self) -> float:
        return self.now - self._began
