"""`python -m cohort.cli`: the command line where its script is not on the path, as in the processes of the demo."""

from cohort.cli import main

main(prog_name="cohort")
