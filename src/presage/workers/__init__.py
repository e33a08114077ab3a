"""What follows from how things stand: members of the house that act by themselves."""
