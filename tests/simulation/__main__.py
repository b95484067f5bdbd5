"""`SEED=7 python -m tests.simulation` plays a seed and prints its history; SEEDS=100 plays many, from FIRST on.

`python -m tests.simulation proof` plants ten bugs, one after the other, and shows which seed notices each.
"""

import logging
import os
import sys
import time

from tests.simulation.ground import own_engine
from tests.simulation.play import play
from tests.simulation.proof import prove_all


def main() -> int:
    """Play what the environment asks for; 1 when something is wrong."""
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # what it says of lines that were cut
    with own_engine() as ground:
        if "proof" in sys.argv[1:]:
            return prove_all(ground)
        if seed := os.environ.get("SEED"):
            outcome = play(int(seed), ground)
            print("\n".join(outcome.history))
            print("\n".join(outcome.violations) or f"nothing is wrong; {outcome.acknowledged} touches acknowledged")
            return 1 if outcome.violations else 0
        first, count = int(os.environ.get("FIRST", "1")), int(os.environ.get("SEEDS", "100"))
        begun, spent, failed, acknowledged, steps = time.monotonic(), time.process_time(), 0, 0, 0
        for number in range(first, first + count):
            outcome = play(number, ground)
            acknowledged, steps = acknowledged + outcome.acknowledged, steps + outcome.steps
            if outcome.violations:
                failed += 1
                print(f"seed {number}: {outcome.violations[0]} ({len(outcome.violations)} violations)", flush=True)
        print(
            f"{count} seeds, {failed} failed, {acknowledged} touches acknowledged, {steps} steps, "
            f"{time.monotonic() - begun:.1f} s, {time.process_time() - spent:.1f} s of processor"
        )
        return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
