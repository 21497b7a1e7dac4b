"""Crossover and ascending-dose designs."""
