"""The formats a study is exported to and imported from; each module is one of them, all pure."""
