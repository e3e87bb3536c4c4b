"""Runs BPMN: deployments in, commands in, plain records of what happened out. Knows no database and no HTTP."""
