"""Functions, grants and row-level security of the tenants app."""

from django.db import migrations

from tenants.db.sqlfiles import load_sql


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [
        load_sql("tenants", "0000_login_check"),
        load_sql("tenants", "0001_ground"),
        load_sql("tenants", "0002_access"),
        load_sql("tenants", "0003_entries"),
        load_sql("tenants", "0004_sessions"),
        load_sql("tenants", "0005_signin"),
        load_sql("tenants", "0006_invitations"),
        load_sql("tenants", "0007_operator"),
        load_sql("tenants", "0008_row_security"),
    ]
