"""Figures of the office: what a month is measured by, and the processes without a case that freeze it."""
