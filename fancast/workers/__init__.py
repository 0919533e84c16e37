"""What runs beside the faces: it does what is due."""
