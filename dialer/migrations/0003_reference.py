"""An index for the search by a contact's reference."""

from django.db import migrations

from tenants.db.sqlfiles import load_sql


class Migration(migrations.Migration):
    dependencies = [("dialer", "0002_functions")]
    operations = [load_sql("dialer", "0007_reference")]
