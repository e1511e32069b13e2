"""How things look: for people, as JSON, as CSV, as bare paths. A module for each noun."""
