"""`mcp`: the tools of a server of the Model Context Protocol, of those that the config allows.

tools:
  - mcp:
      name: crm
      url: https://mcp.example.com/mcp
      headers: {Authorization: "Bearer ${CRM_KEY}"}
      allow:
        find_contact: {effect: false, say: [One moment.]}
        create_lead: {confirm: "{name}, {phone|digits}."}
      pin: 3f9a1c0b7d2e4f68
"""

from pipeline.faults import need

need("mcp", "mcp", "mcp_types")

from abilities.mcp.tool import Mcp  # noqa: E402 - only once its package is known to be there

__all__ = ["Mcp"]
