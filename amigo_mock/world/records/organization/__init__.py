"""Records of `/v1/{organization}/organization/`."""
