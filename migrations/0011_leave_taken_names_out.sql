-- That a name is taken is what providers hear again and again after a migration of legacy groups: it
-- would bury what was refused besides.
DROP INDEX provisioning_refused_groups;
CREATE INDEX provisioning_refused_groups ON provisioning (account)
    WHERE target_kind = 'Group' AND outcome IN ('refused', 'failed')
      AND reason <> 'group_name_taken';
