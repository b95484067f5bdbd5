"""What people do with segments, how facts are kept, and how memberships follow from them."""
