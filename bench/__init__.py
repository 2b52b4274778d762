"""Measurements of artifacts against their peers, on the machine at hand. bench/run.py is the command."""
