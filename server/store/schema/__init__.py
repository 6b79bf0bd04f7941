"""The tables, a module for each aggregate; `server/store/tables.py` names them all."""
