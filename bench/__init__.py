"""Measurements of the product on this machine, each beside a floor from the same run; `make bench` runs them."""
