"""People who were given back by a rollback are the next again, and lists are called in the order of their lines."""

from django.db import migrations

from tenants.db.sqlfiles import load_sql


class Migration(migrations.Migration):
    dependencies = [("dialer", "0004_record")]
    operations = [load_sql("dialer", "0010_order")]
