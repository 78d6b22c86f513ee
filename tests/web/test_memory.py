"""What is freed between what is kept goes back to the system."""

import asyncio
import platform
from pathlib import Path

import pytest

from digitscope.web import memory

PIECE, PIECES = 64_000, 2_000  # bytes: too small to be mapped each by itself

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc_trim is glibc's")


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_memory_between_what_is_kept_is_given_back(monkeypatch: pytest.MonkeyPatch, run_apart) -> None:
    monkeypatch.setattr(memory, "INTERVAL", 0.01)
    pieces = [bytes([n % 256]) * PIECE for n in range(PIECES)]
    kept = pieces[::20]  # so that the rest is not one free end
    pieces.clear()
    before = resident_bytes()

    async def a_while() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(memory.give_back(), 0.5)

    run_apart(a_while())
    assert before - resident_bytes() > PIECE * PIECES / 2
    assert len(kept) == PIECES // 20
