"""The operations, one module a group; each parses, makes one call and answers."""
