"""CPU of a delivered notification's whole way, beside the same job on Celery, Redis and Django.

The way: an event comes in, is planned and stored, rendered, sent to a simulated WhatsApp, and told
of in three receipts (sent, delivered, read) that are carried over.
"""
