"""Effects within and over infusions: dissociation, anxiety, mediation."""
