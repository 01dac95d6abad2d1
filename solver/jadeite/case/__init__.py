"""What a case file may say: units, schema, loading, problems."""
