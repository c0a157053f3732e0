"""What a fake keeps beside its world."""
