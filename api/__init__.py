"""JSON over HTTP: bearer tokens, problem+json, OpenAPI."""
