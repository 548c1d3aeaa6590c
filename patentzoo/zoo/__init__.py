"""The model zoo: cards that describe models, and the way from a card to a model."""
