"""The control API of the fake, over HTTP, under `/_mock/`.

It is declared the way the emulated API is, but belongs to nobody's API: no tokens, no limits, no
journal. It answers only to the machine it runs on, unless a control token is set. The header
`X-Amigo-Mock-Organization` names a tenant; without it, the fake itself is meant.
"""
