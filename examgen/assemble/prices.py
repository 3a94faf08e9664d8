"""What makes one choice better than another, in one currency: 1 is a facility gap of 0.0001 between two forms."""

from __future__ import annotations

# A mark that one form has more on a topic, or at a level, than another. Equal content comes first.
PRICE_TOPIC_MARK = 300
PRICE_LEVEL_MARK = 150
# A minute that one form takes longer.
PRICE_MINUTE = 40
# 0.0001 by which a form's facility is off the wished one.
PRICE_TARGET = 3
# An earlier exam in which a chosen item stood.
PRICE_USE = 20
