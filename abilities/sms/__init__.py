"""`sms`: sends a text message to the caller, or to a number of the config.

    tools:
      - sms:
          name: send_details
          about: Sends the details of a viewing that has been booked.
          takes: {street: {}, price: {type: integer}}
          text: "{street}, {price|money}. See you there!"
          most: 2

The model never writes a number, and of the text the places alone.
"""

from abilities.sms.tool import Sms

__all__ = ["Sms"]
