"""Builds everything: application factory, configuration, command line, worker."""
