"""Keys and sealed data of the firms. Pure: nothing here may import Django or write to a log."""
