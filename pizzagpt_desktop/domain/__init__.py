"""What a chat is: pure values, without I/O, Qt or a clock of its own."""
