"""Many Subjects, many studies: sweeps, the scoreboard, reports."""
