"""Tables and objects: everything that survives a restart."""
