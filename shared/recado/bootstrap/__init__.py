"""The only package that knows concrete classes: it builds each function's service.

Called once per container, when the first event comes, never while a module is imported. A function
imports the module that its builder is in, and what only one builder needs is imported inside it,
so that each function starts without what the others need.
"""
