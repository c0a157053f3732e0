"""From a socket to the engine."""
