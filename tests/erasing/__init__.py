"""What every service does of an erasure, shown in every service alike, and the bugs that must be noticed there."""
