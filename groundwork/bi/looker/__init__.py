"""LookML with a measure for every metric."""
