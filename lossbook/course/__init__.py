"""Chapters as assignments of a course, in the convention of nbgrader, and their grading.

| Module | Does |
|---|---|
| `command` | the command `lossbook-course` |
| `chapters` | reads a chapter: its exercises, tests and answers |
| `fork` | makes a course of chapters |
| `places` | finds a course's gradebook and settings |
| `restore` | makes a submission whole: what is not the student's is the course's again |
| `names` | tells which cells need not run, and where a name comes from |
| `isolation` | runs a submission in a process of its own, bounded |
| `runner` | is that process |
| `libraries` | notices library functions that were replaced |
| `marks` | turns a notebook that ran into points and reasons |
| `grading` | puts all this into nbgrader's steps |
| `check` | grades notebooks without changing the course |
| `feedback` | writes the page that a student gets |
| `report` | writes the class at a glance |
"""
