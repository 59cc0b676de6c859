"""Everything that touches the world: drivers, transports, clock, randomness, logs."""
