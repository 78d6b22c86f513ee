"""`python -m digitscope`, the same as `digitscope`."""

from digitscope.cli import main

if __name__ == "__main__":  # not where a process of reading's pool imports it
    main()
