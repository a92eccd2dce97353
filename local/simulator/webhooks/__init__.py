"""What providers send: their webhooks, one module a provider."""
