"""What a process does that multiprocessing started here: `leave_ending_to_parent()`."""

import os
import signal
import threading
from multiprocessing import parent_process
from multiprocessing.connection import wait


def leave_ending_to_parent() -> None:
    """End this process when the one that started it ends, in whatever way; Ctrl-C is for that one to answer.

    In a process that multiprocessing did not start, only Ctrl-C is ignored.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()
