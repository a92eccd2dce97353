"""What the benchmarks compare Recado with."""
