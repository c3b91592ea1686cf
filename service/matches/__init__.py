"""Rankings, reasons and opportunities."""
