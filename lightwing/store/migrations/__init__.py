"""The steps that bring a store to the tables of this version, in order: `versions/r0001…`, run by Alembic when a store is opened."""
