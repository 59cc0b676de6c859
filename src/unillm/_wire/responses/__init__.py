"""The wire of OpenAI's Responses API, both ways."""
