"""What Recado costs: time to start, size, time of a batch, AWS calls and money."""
