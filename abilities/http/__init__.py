"""`http`: asks a web service, and tells the model its answer.

tools:
  - http:
      name: find_listings
      about: Looks up flats. Use it before you name any flat, street or price.
      takes: {city: {}, rooms: {type: number, from: 1, to: 8, optional: true}}
      get: https://crm.example.com/listings
      query: {city: "{city}", rooms: "{rooms}"}
      headers: {Authorization: "Bearer ${CRM_KEY}"}
      gives: [street, price]
      first: 3
"""

from abilities.http.tool import Http

__all__ = ["Http"]
