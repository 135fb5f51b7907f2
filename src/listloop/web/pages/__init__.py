"""One module per page, named like its template."""
