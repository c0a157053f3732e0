"""HTTP as the engine has it: requests and answers, routes, cross-origin rules, streams."""
