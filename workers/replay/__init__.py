"""Sending dead letters and rejections back to the raw topic, each exactly once."""
