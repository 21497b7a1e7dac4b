"""What the data must be: contracts of ``schemas/`` compiled to Pandera, and what they find."""
