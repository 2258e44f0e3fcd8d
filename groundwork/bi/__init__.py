"""Files for BI tools, written from the metric definitions; one module a tool."""
