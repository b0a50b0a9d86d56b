"""The database under the tenants: roles and logins, bootstrap, SQL files, and the check of a login at start."""
