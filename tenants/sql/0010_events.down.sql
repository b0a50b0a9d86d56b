create or replace function tenants_known_event(p_event text) returns boolean language plpgsql immutable as $$
begin
  return p_event in (
  'identity:session:opened', 'identity:session:refused', 'identity:session:closed', 'identity:session:all_ended',
  'identity:step_up:confirmed', 'identity:step_up:refused', 'identity:person:invited', 'identity:person:joined',
  'identity:person:disabled', 'identity:person:enabled', 'identity:token:created', 'identity:token:revoked',
  'identity:access:denied', 'tenants:firm:created', 'tenants:engagement:created', 'tenants:engagement:changed',
  'tenants:engagement:suspended', 'tenants:engagement:resumed', 'tenants:engagement:ended',
  'campaigns:campaign:created', 'campaigns:campaign:started', 'campaigns:campaign:paused',
  'campaigns:campaign:resumed', 'campaigns:campaign:finished', 'campaigns:campaign:engaged',
  'campaigns:campaign:disengaged', 'campaigns:plan:changed', 'campaigns:list:uploaded', 'campaigns:list:previewed',
  'campaigns:list:cancelled', 'campaigns:list:imported', 'campaigns:list:failed', 'campaigns:suppression:added',
  'dialer:contact:reserved', 'dialer:contact:refused', 'dialer:contact:revealed', 'dialer:contact:skipped',
  'dialer:contact:lapsed', 'dialer:contact:stopped', 'dialer:dial:requested', 'dialer:dial:refused',
  'dialer:call:dialled', 'dialer:call:answered', 'dialer:call:ended', 'dialer:answer:checked',
  'dialer:outcome:recorded', 'oversight:contacts:viewed', 'oversight:entry:viewed', 'oversight:number:searched',
  'oversight:live:viewed');
end $$;
