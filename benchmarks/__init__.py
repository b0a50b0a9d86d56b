"""One file for each figure of Keyhole's speed; `python -m benchmarks` measures limit, peer and ours in one run."""
