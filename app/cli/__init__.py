"""The command line: one file a command, each with ``build_parser`` and ``run``."""
