"""The messengers that the tests of this folder go through."""

from tests.channels.connectors.line.side import SIDE as LINE
from tests.channels.connectors.meta.sides import INSTAGRAM, MESSENGER, WHATSAPP
from tests.channels.connectors.telegram.side import SIDE as TELEGRAM
from tests.channels.connectors.viber.side import SIDE as VIBER

SIDES = (TELEGRAM, LINE, WHATSAPP, MESSENGER, INSTAGRAM, VIBER)
