"""What networks learn from beyond MNIST: made pages, letters and other non-digits, scenes, augmentation."""
