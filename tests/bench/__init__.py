"""One file for each figure; every figure stands beside a limit that was measured in the same run."""
