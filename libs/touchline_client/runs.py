"""What long runs over a file share: their patience, and what they keep beside it so as to go on after anything."""

import json
from pathlib import Path
from typing import Any

FIRST_PAUSE, LONGEST_PAUSE, PATIENCE = 0.5, 15.0, 600.0  # seconds


def keep(path: Path, state: dict[str, Any]) -> None:
    """Write a state in one move."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(state))
    unfinished.replace(path)
