"""The nouns: messages, tools, requests, responses, events, usage, profiles."""
