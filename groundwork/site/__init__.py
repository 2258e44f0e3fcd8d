"""The site: pages of metrics, experiments and models, and the docs, to open from disk."""
