// Compat
