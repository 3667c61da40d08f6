"""Many Subjects, many studies: sweeps, the scoreboard, reports.

There is one path. A `sweep` runs a study on the Subject of each point of a grid, in processes or on
a cluster, and keeps the row of numbers that each gives; a control is a point like any other. The
rows of some Subjects become the `scoreboard`, those of controls are judged beside the grown Subject
of the same seed, and the study's figure is drawn from both.
"""
