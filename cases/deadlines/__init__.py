"""Time limits: calendar and counting (pure), the clocks of a case, their alerts, and moving them."""
