"""Processes that end with the one that started them."""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(sig: int, parent: int) -> None:
    """Ask the kernel for `sig` when the thread of `parent` that started this process ends.

    Call it in the child, after the last change of user. Outside Linux it does nothing.
    """
    if LIBC is None:
        return
    LIBC.prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), sig)
