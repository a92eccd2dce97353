"""The peer that delivers: Django and Celery over Redis and PostgreSQL, as companies run it today.

Customers, templates, configurations and suppressions are those of the other peer,
`bench.peers.drf`; here are the notifications, and the way of each to its person.
"""
