"""Rules about gateway endpoints and the VPCs that lack one."""
