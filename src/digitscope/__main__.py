"""`python -m digitscope`, the same as `digitscope`."""

from digitscope.cli import main

main()
