"""Numbered changes of the schema, one subject each."""
