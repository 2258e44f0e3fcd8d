"""The generator of raw rows: small, deterministic, with planted faults and truths."""
