"""Memory that reading no longer needs is given back to the system while the service runs.

glibc keeps what is freed for each thread, in pieces that pages of other sizes do not fit (LOG: the service's memory).
"""

import asyncio
import ctypes
import sys

INTERVAL = 5.0  # seconds


async def give_back() -> None:
    """Go on until cancelled; nothing where the C library has no such function."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    while trim is not None:
        await asyncio.sleep(INTERVAL)
        await asyncio.to_thread(trim, 0)
