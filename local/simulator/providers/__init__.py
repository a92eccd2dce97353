"""One simulated provider a file: its protocol, its checks and the shape of its errors."""
