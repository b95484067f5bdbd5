"""What a touch is, what may be said about it, and whose it is. Nothing here touches the world.

said ──check──▶ accepted ──written──▶ recorded
  │                          │
  └──▶ refused               └──▶ conflict (the same id says something else: the first wins)
"""
