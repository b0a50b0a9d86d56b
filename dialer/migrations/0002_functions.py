"""Functions, grants and row-level security of the dialer app."""

from django.db import migrations

from tenants.db.sqlfiles import load_sql


class Migration(migrations.Migration):
    dependencies = [("dialer", "0001_initial"), ("campaigns", "0002_functions")]
    operations = [
        load_sql("dialer", "0001_queue"),
        load_sql("dialer", "0002_desk"),
        load_sql("dialer", "0003_dispense"),
        load_sql("dialer", "0004_calls"),
        load_sql("dialer", "0005_outcomes"),
        load_sql("dialer", "0006_views"),
    ]
