"""Networks fitted to a camera and a person by recordings without labels, and the proof of it."""
