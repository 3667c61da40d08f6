"""Both papers on the same Subjects, with the controls: the figure of the README."""
