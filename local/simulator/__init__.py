"""The providers' side of the wire: a server that speaks their protocols and misbehaves on demand.

It imports nothing of the product, so that a mistake in the product's idea of a protocol cannot be
repeated here. See README.md beside this file.
"""
