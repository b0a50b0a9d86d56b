"""Functions and grants of the evidence: the log, its witnesses, incidents, reviews, retention."""

from django.db import migrations

from tenants.db.sqlfiles import load_sql


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_evidence")]
    operations = [
        load_sql("tenants", "0009_login_check"),
        load_sql("tenants", "0010_events"),
        load_sql("tenants", "0011_log"),
        load_sql("tenants", "0012_witness"),
        load_sql("tenants", "0013_incidents"),
        load_sql("tenants", "0014_reviews"),
        load_sql("tenants", "0015_retention"),
        load_sql("tenants", "0016_log_alarm"),
        load_sql("tenants", "0017_search"),
        load_sql("tenants", "0018_own_events"),
        load_sql("tenants", "0019_append"),
    ]
