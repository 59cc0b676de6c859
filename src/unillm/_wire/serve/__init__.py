"""OpenAI's interfaces from the other side: requests are read, answers and errors are written."""
