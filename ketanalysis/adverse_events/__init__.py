"""Side effects: who had which, how badly, when, how often at an infusion and in time."""
