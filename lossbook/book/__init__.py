"""What only the book's pages need: figures, tables, the reference pages, and the experiments."""
