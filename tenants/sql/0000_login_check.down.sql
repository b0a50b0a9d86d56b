-- Promise: after this no process starts, because none can ask what its login may do.
DROP FUNCTION tenants_check_login_v1();
