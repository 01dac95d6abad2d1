"""The run folder: fields, histories, summary, figures, report."""
