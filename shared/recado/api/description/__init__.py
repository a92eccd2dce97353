"""The OpenAPI document of the API; only development imports this."""
