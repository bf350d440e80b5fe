"""What people get: tables, and later pages and workbooks."""
