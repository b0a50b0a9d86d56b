"""The supervisor's page: states, times and totals. Never personal data of the people called."""
