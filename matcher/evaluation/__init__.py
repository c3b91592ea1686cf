"""Measures, collections, baselines and the harness that compares them."""
