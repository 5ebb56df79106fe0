"""What this service does, one act per module, over ports it owns."""
