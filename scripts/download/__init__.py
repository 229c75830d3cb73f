"""Published vectors and dictionaries, fetched when the user asks for them."""
