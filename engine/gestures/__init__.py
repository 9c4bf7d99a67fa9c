"""What a hand does: named gestures from its joints, own ones from its place in the latent space."""
