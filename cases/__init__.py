"""What a case is and what may be done with it. Knows no Flask, no SpiffWorkflow, no object store client."""
