"""The ledger's queries: planning, claiming under a lease, settling, holding, counting; set-based, a batch at a time.

Locks are taken in one order: batch, run, sends, counts, and of one activity only in a transaction. Nothing here waits
for anything but PostgreSQL, so no lock is held while a mail or a call is under way.
"""

from services.campaign.store.sends.claims import (
    begin,
    claim,
    end_batch,
    expire,
    put_back,
    ready,
    release,
    renew,
    settle,
)
from services.campaign.store.sends.reading import (
    counts,
    forget_pace,
    get,
    of_contacts,
    of_message,
    page,
    resolve,
    waiting_of,
)
from services.campaign.store.sends.runs import (
    cancel,
    cancel_waiting,
    end_planning,
    finish,
    finishing,
    open_run,
    pause,
    plan,
    reopen,
    resume,
    run_state,
    still_waiting,
)

__all__ = [
    "begin",
    "cancel",
    "cancel_waiting",
    "claim",
    "counts",
    "end_batch",
    "end_planning",
    "expire",
    "finish",
    "finishing",
    "forget_pace",
    "get",
    "of_contacts",
    "of_message",
    "open_run",
    "page",
    "pause",
    "plan",
    "put_back",
    "ready",
    "release",
    "renew",
    "reopen",
    "resolve",
    "resume",
    "run_state",
    "settle",
    "still_waiting",
    "waiting_of",
]
