"""The formats a study is exported to; each module is one of them, all pure."""
