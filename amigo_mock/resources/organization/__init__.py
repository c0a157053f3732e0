"""What belongs to an organization: `/v1/{organization}/organization/`."""
