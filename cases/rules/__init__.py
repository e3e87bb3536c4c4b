"""Rulesets: the limits, reasons and decision tables under which a case is handled, as versioned data."""
