"""Functions, grants and row-level security of the campaigns app."""

from django.db import migrations

from tenants.db.sqlfiles import load_sql


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0001_initial"),
        ("tenants", "0002_functions"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]
    operations = [
        load_sql("campaigns", "0001_plan_rules"),
        load_sql("campaigns", "0002_jobs"),
        load_sql("campaigns", "0003_one_firm"),
    ]
