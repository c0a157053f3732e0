"""A request checked against its operation: body, parameters, and what nobody declares."""
