"""Who is asked first: strategies, constraints, and the arithmetic of health, all of it pure."""
