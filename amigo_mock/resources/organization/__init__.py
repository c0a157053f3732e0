"""Resources of an organization: `/v1/{organization}/organization/`."""
