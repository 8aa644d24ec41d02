"""A frozen value class that costs next to nothing to define: a query is parsed before the first row shows."""

from typing import dataclass_transform

__all__ = ["Record"]


@dataclass_transform(frozen_default=True)
class Record:
    """Base of the many small classes a query is made of.

    A subclass is written like a frozen dataclass and behaves like one: equal when of one class with equal
    values, hashable, matched by position. Defining forty real dataclasses takes longer than a start may.
    """

    __match_args__: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        cls.__match_args__ = tuple(cls.__annotations__)  # type: ignore[misc]  # read only once it is set

    def __init__(self, *values: object, **named: object) -> None:
        names = self.__match_args__
        if len(values) > len(names):
            raise TypeError(f"{type(self).__name__} takes {len(names)} values")
        given = dict(zip(names, values, strict=False))
        for name in names[len(values) :]:
            try:
                given[name] = named.pop(name) if name in named else getattr(type(self), name)
            except AttributeError:
                raise TypeError(f"{type(self).__name__} needs {name}") from None
        if named:
            raise TypeError(f"{type(self).__name__} has no {', '.join(named)}")
        self.__dict__.update(given)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"
