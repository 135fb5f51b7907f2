"""``python -m listloop.cli``: the same as the ``listloop`` command."""

from listloop.cli.main import main

main()
