"""The edges of identity: signing in, joining, people, account, tokens. Both surfaces run the same code."""
