"""What runs under the product: the embedded servers, and the supervisor that keeps every process alive."""
