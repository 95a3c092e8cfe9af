"""What several processors use: providers' accounts and clients, playout, WAV files."""
