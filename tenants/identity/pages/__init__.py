"""The edges of identity: signing in, joining, people, account and tokens, the same on both surfaces where both have them."""
