"""What people do with Keyhole, in a real browser, from end to end."""
