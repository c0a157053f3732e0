"""The published contract as facts, and the differences of a document from it.

`digest` boils an OpenAPI document down to what it demands, `drift` compares two digests, and
`difference` leaves out the differences that are accepted. Nothing is imported here: what serves
needs the catalogue and the leniencies alone.
"""
