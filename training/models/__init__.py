"""The networks and the shared latent space; may import ``training.learning`` and the engine."""
