"""What the pages say has to hold."""
