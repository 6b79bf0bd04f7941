"""The schema's history: alembic's environment and its versions, shipped inside the package."""
