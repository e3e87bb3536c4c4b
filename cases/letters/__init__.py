"""Letters of a case: requested by handlers, gathered from the tables, and printed as PDF/A outside any transaction."""
