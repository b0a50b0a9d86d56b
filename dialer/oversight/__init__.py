"""The firm's evidence pages: who contacted whom, and which records are open now."""
