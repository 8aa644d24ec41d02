"""What the inbox does, one subject a module; the screen composes and forwards."""

__all__: list[str] = []
