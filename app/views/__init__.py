"""One file a view; views know results and snapshots, never sources or threads of the engine."""
