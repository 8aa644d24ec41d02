"""The time zone of this machine, with the rules it has for every day of the year."""

from datetime import UTC, datetime, timedelta, tzinfo

__all__ = ["MachineZone"]


class MachineZone(tzinfo):
    """Local time as the operating system tells it; a repeated hour is told apart by `fold`."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """How far local time is ahead of UTC."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Not told apart from the offset."""
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        """The abbreviation in force."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, moment: datetime) -> datetime:
        """Local time of a moment whose fields are UTC."""
        there = moment.replace(tzinfo=UTC).astimezone()
        here = there.replace(tzinfo=self, fold=0)
        return here if here.utcoffset() == there.utcoffset() else here.replace(fold=1)

    def __repr__(self) -> str:
        return "MachineZone()"
