"""Working with the shared latent space: its directions, random hands, walks, drags, data out."""
