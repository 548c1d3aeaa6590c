"""What a retrieval model is: its network, its preprocessing, what runs it."""
