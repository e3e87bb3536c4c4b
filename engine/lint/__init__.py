"""Finds everything in a set to deploy that would fail, hang or be ignored once a case runs through it."""
