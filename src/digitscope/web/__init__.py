"""The page and the REST service: `digitscope serve`. Needs the extra `web`."""
