"""Was the treatment guessed: blinding indices, and the effect by guess."""
