"""One module per schema version, run by Alembic."""
