"""Training and evaluation: PyTorch models, synthetic data, losses, export to OpenVINO."""
