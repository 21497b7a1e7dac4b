"""What predicts response: models, ROC curves, early improvement."""
