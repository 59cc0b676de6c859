"""Policy as generators: what to do, never how."""
