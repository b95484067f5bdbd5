"""What an operator types: one module per noun, each a small typer application."""
