"""The HTTP service and its worker, on top of ``matcher``."""
