call keyhole_release_tables('tenants');
