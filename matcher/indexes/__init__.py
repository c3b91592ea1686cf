"""Indexes over firms and passages; each heavy library is known to one file."""
