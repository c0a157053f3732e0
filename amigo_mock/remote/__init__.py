"""The backend of a fake that runs elsewhere: a tenant of a server, over its control API."""
