"""What every part may use: errors, records, files, the cache, progress."""
