"""What every request passes through, one idea a file; plain ASGI, so that bodies may stream."""
