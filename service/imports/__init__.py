"""Files → firms and projects, by a job."""
