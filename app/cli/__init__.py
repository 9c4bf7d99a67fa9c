"""The command line: one file a command, whose docstring is its help.

Each has ``add_arguments(parser)`` and ``run(given)``, which ``main`` calls; ``run`` returns the
exit code.
"""
