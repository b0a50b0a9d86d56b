"""Functions, grants and row-level security of exports."""

from django.db import migrations

from tenants.db.sqlfiles import load_sql


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_exporting"), ("tenants", "0004_evidence_functions")]
    operations = [load_sql("campaigns", "0004_exporting"), load_sql("campaigns", "0005_export_making")]
