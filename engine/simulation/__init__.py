"""The synthetic hand: shape, kinematics, pose sampler, renderer and depth-sensor models.

Used by the synthetic camera, training and the rig of the latent space. Imports the camera, the
skeleton and no network.
"""
