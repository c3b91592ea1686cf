"""Introductions: from a proposal through both yeses to what came of it."""
