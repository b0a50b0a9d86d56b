"""The database under the tenants: roles and logins, bootstrap, SQL files, the check of a login at start."""
