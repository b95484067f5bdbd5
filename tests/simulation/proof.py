"""Plants each bug and plays seeds until one fails; the same seeds without a bug must be clean."""

import time
from dataclasses import dataclass

from tests.simulation.bugs import BUGS, Bug
from tests.simulation.ground import Ground
from tests.simulation.play import play

MOST_SEEDS = 200
HEAD = f"{'planted':<46} {'caught by':<12} {'seeds':>5} {'seconds':>8}  example"


@dataclass
class Proof:
    """Whether a bug was noticed, by which seed, and in which words."""

    bug: str
    seeds: int
    seconds: float
    violation: str = ""

    @property
    def is_caught(self) -> bool:
        return bool(self.violation)

    def line(self) -> str:
        caught = "simulation" if self.is_caught else "NOT CAUGHT"
        return f"{self.bug:<46} {caught:<12} {self.seeds:>5} {self.seconds:>7.1f}s  {self.violation[:110]}"


def prove(bug: Bug, ground: Ground) -> Proof:
    """Play seeds with the bug planted until it is noticed, at most 200."""
    begun = time.monotonic()
    for number in range(1, MOST_SEEDS + 1):
        with bug.planted(ground):
            violations = play(number, ground).violations
        if violations:
            return Proof(bug.name, number, time.monotonic() - begun, violations[0])
    return Proof(bug.name, MOST_SEEDS, time.monotonic() - begun)


def prove_all(ground: Ground) -> int:
    """The table of all bugs, and the seeds that were needed without any; 1 when something is not as it must be."""
    print(HEAD, flush=True)
    proofs = []
    for bug in BUGS:
        proofs.append(prove(bug, ground))
        print(proofs[-1].line(), flush=True)
    needed, begun = max(proof.seeds for proof in proofs), time.monotonic()
    failed = [number for number in range(1, needed + 1) if play(number, ground).violations]
    told = f"clean; without a bug {failed} fail" if failed else "clean"
    print(f"{'nothing':<46} {told:<12} {needed:>5} {time.monotonic() - begun:>7.1f}s")
    return 0 if all(proof.is_caught for proof in proofs) and not failed else 1
