"""A Power BI project with a measure for every metric."""
