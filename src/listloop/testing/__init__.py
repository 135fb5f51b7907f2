"""What an adapter's author needs: SideTests, an in-memory side, builders, believable people."""
