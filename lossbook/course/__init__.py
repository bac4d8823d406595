"""Chapters as assignments of a course, and their grading."""
