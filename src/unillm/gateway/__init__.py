"""A client behind OpenAI's and Anthropic's protocols, for what can only take a base URL."""
