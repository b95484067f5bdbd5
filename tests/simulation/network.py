"""How long anything takes from one process to another, and what is lost on the way."""

import asyncio
import random

QUICK, SLOW = 0.0005, 0.05  # mean simulated seconds of a hop


class Network:
    """One for all: each hop takes its own time."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.is_slow = False
        self.loss = 0.0  # of acknowledgements and notifications

    async def hop(self) -> None:
        """From here to there."""
        await asyncio.sleep(self.chance.expovariate(1 / (SLOW if self.is_slow else QUICK)))

    def loses(self) -> bool:
        """Whether this one is lost."""
        return self.loss > 0 and self.chance.random() < self.loss
