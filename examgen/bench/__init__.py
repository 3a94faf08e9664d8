"""Measurements: what is promised of speed and memory, and what comes out on this machine."""
