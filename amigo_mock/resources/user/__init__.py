"""Users: `/v1/{organization}/user/`."""
