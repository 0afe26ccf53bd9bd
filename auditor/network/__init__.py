"""What AWS's answers mean. Pure: no input, no output, no clock."""
