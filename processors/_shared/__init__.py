"""Code that several processors share: providers' accounts and clients, clean text."""
