"""Command line: a parser, and a module for each command."""
