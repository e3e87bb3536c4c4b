"""What may be done with a case at any time, whatever its processes wait for: one small module for each act."""
