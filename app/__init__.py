"""The desktop window. Imports the engine, Qt and nothing that trains."""
