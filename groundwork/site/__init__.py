"""The site: one page of every metric, and the docs, to open from disk."""
