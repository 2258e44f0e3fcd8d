"""Erasing a user from all that groundwork keeps."""
