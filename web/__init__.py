"""Server-rendered pages for complainants, officers, auditors, designers and administrators."""
