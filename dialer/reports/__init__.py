"""What the firm hands to its auditor or an authority: reports made from the record, and its signed monthly reviews."""
