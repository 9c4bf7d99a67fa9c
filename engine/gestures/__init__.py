"""What a hand does: named gestures from its joints, own ones from its place in the latent space.

Used by ``engine.tracking`` (which gesture a hand holds) and the window (recording own ones).
"""
