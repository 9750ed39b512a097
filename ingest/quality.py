"""What is known against a reading. No flag means good; flagged readings are kept, not judged."""

from __future__ import annotations

from enum import IntFlag


class Quality(IntFlag):
    """Stored as `readings.quality`, a bit a reason, so that several can hold at once."""

    GOOD = 0
    OUT_OF_RANGE = 1  #: outside the contract's lowest..highest
    TOO_FAST = 2  #: changed faster than the contract's largest rate
    NOT_A_NUMBER = 4  #: the device sent a value that is none
    FUTURE = 8  #: device time ahead of receive time by more than the tolerance
    EPOCH = 16  #: device time before 2000: a clock that was never set
    SKEWED = 32  #: the device's clock is known to be wrong
    NO_DEVICE_TIME = 64  #: the message bore no time; receive time stands in
    LATE = 128  #: arrived after a later reading of its channel
    WRONG_UNIT = 256  #: the declared unit does not fit the channel's quantity
    CALIBRATION = 512  #: taken in a maintenance window or a calibration
    IMPORTED = 1024  #: came by file, not by a device's message


#: A reading with any of these is never fed to a detector as if it were good.
UNUSABLE = (
    Quality.OUT_OF_RANGE
    | Quality.TOO_FAST
    | Quality.NOT_A_NUMBER
    | Quality.FUTURE
    | Quality.EPOCH
    | Quality.SKEWED
    | Quality.WRONG_UNIT
    | Quality.CALIBRATION
)
