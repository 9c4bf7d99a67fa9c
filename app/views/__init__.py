"""One file a view: setters in, signals out; views know state and results, never a controller."""
