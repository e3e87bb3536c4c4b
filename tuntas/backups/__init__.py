"""A backup is a folder: every table as compressed lines of JSON, every file once by its SHA-256, and a manifest."""
