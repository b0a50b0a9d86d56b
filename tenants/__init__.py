"""Who: firms, outsourcers, people, keys and evidence."""
