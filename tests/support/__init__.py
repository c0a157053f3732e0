"""What tests share: paths, bodies, worlds, client verbs, descriptions of kinds, the model."""
