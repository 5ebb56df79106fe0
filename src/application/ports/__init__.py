"""What the use cases need of the world, as narrow protocols owned by the application."""
