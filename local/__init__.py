"""What runs on a developer's laptop only and is never deployed."""
