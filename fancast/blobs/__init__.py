"""Media bytes: where they are kept (disk, s3), and what they are (sniffing, pictures, films)."""
