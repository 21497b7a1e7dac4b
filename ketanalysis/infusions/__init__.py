"""What happened at the infusions: vital signs in and after them, and how they were given."""
