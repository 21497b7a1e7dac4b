"""From a file to a frame: encodings, dialects, every row accounted for."""
