"""What people and jobs do with campaigns: one function per verb."""
