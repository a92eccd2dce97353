"""The peer: the same routes as a team writes them with Django REST framework over SQLite.

It is compared with, not deployed: it has what the load test asks for and nothing beyond that.
"""
