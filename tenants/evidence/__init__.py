"""What the firm takes home of its log: checkpoints, evidence of a period, proofs of entries, the tools to check them."""
