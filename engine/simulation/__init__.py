"""The synthetic hand: shape, kinematics, pose sampler, renderer and depth-sensor models."""
