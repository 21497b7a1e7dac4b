"""The site of the documentation: guides, reference and lists as HTML without script or network."""
