"""What Recado costs: time to start, memory, size, time of a batch, AWS calls, money, load."""
