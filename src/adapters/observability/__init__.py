"""What operators see: log lines without secrets or personal data, and metrics of bounded size."""
