"""Rules about VPC peering connections, their routes, filters and names."""
