"""The faces: three dialects over one engine. They never meet; what they share stands beside them."""
