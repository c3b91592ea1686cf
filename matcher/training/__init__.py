"""Making and exporting models: the only importer of torch and sentence-transformers."""
