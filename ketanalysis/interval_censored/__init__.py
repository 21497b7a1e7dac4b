"""Curves where an event is only seen at visits."""
