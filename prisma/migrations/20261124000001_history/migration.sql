-- What Prisma's schema language cannot say: checks, the audit head, and the ledger's partitions by time.

insert into "audit_head" ("id", "sequence", "hash") values (1, 0, repeat('0', 64));
alter table "audit_head" add constraint "audit_head_one_row" check ("id" = 1);
-- the chain is only ever appended to
create function "audit_entry_immutable"() returns trigger language plpgsql as $$ begin raise exception 'audit entries are append-only'; end $$;
create trigger "audit_entry_immutable" before update or delete on "audit_entry" for each row execute function "audit_entry_immutable"();

alter table "api_token" add constraint "api_token_role" check ("role" in ('viewer', 'operator', 'admin'));
alter table "user_account" add constraint "user_account_role" check ("role" in ('viewer', 'operator', 'admin'));
alter table "cluster" add constraint "cluster_path_needs_repo" check ("path" is null or "fleet_repo_id" is not null);
-- the name of a forgotten cluster is free again; lists are in this order
drop index "cluster_name_key";
create unique index "cluster_name_key" on "cluster" ("name" collate "C") where "forgotten_at" is null;
create index "mirror_commit_by_time" on "mirror_commit" ("committed_at" desc, "sha" desc) where "on_branch";
-- two clusters never share a path, whatever its case (case-insensitive file systems)
create unique index "cluster_path_once" on "cluster" ("fleet_repo_id", lower("path")) where "path" is not null and "forgotten_at" is null;
alter table "command" add constraint "command_expires" check ("expires_at" > "created_at");
create unique index "alert_firing_once" on "alert" ("fingerprint") where "ends_at" is null;
create unique index "operation_one_running" on "operation" ("cluster_id", "kind") where "state" in ('pending', 'running', 'waiting') and "cluster_id" is not null and "kind" in ('bootstrap', 'adopt');
create index "outbox_row_waiting" on "outbox_row" ("created_at") where "relayed_at" is null;

drop table "ledger_entry";
create table "ledger_entry" (
  "id" uuid not null,
  "cluster_id" uuid not null,
  "kind" text collate "C" not null,
  "namespace" text collate "C" not null,
  "name" text collate "C" not null,
  "revision" text not null,
  "sha" text,
  "result" text not null check ("result" in ('succeeded', 'failed', 'progressing')),
  "stage" text,
  "message" text not null,
  "from_at" timestamptz(3) not null,
  "to_at" timestamptz(3),
  primary key ("id", "from_at"),
  check ("to_at" is null or "to_at" >= "from_at")
) partition by range ("from_at");
create index "ledger_entry_cluster_id_kind_namespace_name_from_at_idx" on "ledger_entry" ("cluster_id", "kind", "namespace", "name", "from_at" desc);
create index "ledger_entry_from_at_id_idx" on "ledger_entry" ("from_at" desc, "id");
create index "ledger_entry_sha_idx" on "ledger_entry" ("sha");
create index "ledger_entry_open" on "ledger_entry" ("cluster_id", "kind", "namespace", "name") where "to_at" is null;
create table "ledger_entry_default" partition of "ledger_entry" default;

-- Makes the partition of the month that `month` is in, when it is missing; called ahead of time by the worker.
create function "ledger_partition_ensure"("month" date) returns void language plpgsql as $$
declare
  first date := date_trunc('month', "month");
  part text := 'ledger_entry_' || to_char(first, 'YYYY_MM');
begin
  if to_regclass(part) is null then
    execute format('create table %I partition of "ledger_entry" for values from (%L) to (%L)', part, first, (first + interval '1 month')::date);
  end if;
end $$;
select "ledger_partition_ensure"((current_date + make_interval(months => m))::date) from generate_series(-1, 12) m;
