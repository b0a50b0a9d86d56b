"""Functions of guesses and stops that leave an entry in every case, and the countries a firm calls."""

from django.db import migrations

from tenants.db.sqlfiles import load_sql


class Migration(migrations.Migration):
    dependencies = [("dialer", "0003_reference"), ("tenants", "0004_evidence_functions")]
    operations = [load_sql("dialer", "0008_record"), load_sql("dialer", "0009_keep_countries")]
