"""Where a request's time goes: `with timing("reading"): ...`."""

import time


class Timing:
    """Seconds by part of the work: `with timing("reading"): ...`."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}

    def __call__(self, part: str) -> "Timing":
        self.part = part
        return self

    def __enter__(self) -> None:
        self.start = time.perf_counter()

    def __exit__(self, *error: object) -> None:
        self.add(self.part, time.perf_counter() - self.start)

    def add(self, part: str, seconds: float) -> None:
        """Count `seconds` to a part."""
        self.parts[part] = self.parts.get(part, 0.0) + seconds

    @property
    def total(self) -> float:
        """Seconds of all parts."""
        return sum(self.parts.values())

    @property
    def header(self) -> str:
        """The value of the header Server-Timing, in milliseconds."""
        return ", ".join(f"{part};dur={1000 * seconds:.2f}" for part, seconds in self.parts.items())
