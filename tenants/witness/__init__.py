"""Who watches a firm's log from outside: the register, what witnesses sign, and what they refuse."""
