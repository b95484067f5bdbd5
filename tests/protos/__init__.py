"""What the protos promise: their style, and that the code is made from them."""
