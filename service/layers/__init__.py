"""What every request passes before a route has it, from the access log to the body's limit."""
