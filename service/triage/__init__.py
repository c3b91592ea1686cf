"""Which firms could fit such projects, whom to call to learn most, and what they say on the telephone."""
