"""Rules about interface endpoints: reach, zones and names."""
