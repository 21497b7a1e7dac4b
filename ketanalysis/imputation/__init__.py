"""Missing scores imputed many times over: models drawn, strategies after an event, pooling."""
