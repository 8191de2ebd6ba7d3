-- The order in which waiting runs are taken: fair between organizations.

create index runs_running_of_organization on runs (organization_id) where status = 'running';
create index runs_of_lease_owner on runs (lease_owner) where status = 'running';
