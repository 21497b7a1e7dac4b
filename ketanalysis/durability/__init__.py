"""When does it begin and how long does it last: time to response, time to relapse."""
