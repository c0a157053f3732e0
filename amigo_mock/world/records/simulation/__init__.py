"""Records of `/v1/{organization}/simulation/`."""
