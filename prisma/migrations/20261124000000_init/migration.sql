-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "user_account" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "selector" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "user_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user_session" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "user_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "selector" TEXT NOT NULL DEFAULT '',
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotent_request" (
    "actor" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "status" INTEGER,
    "body" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotent_request_pkey" PRIMARY KEY ("actor","key")
);

-- CreateTable
CREATE TABLE "secret" (
    "id" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "sealed_key" BYTEA NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert" (
    "id" UUID NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "labels" JSONB NOT NULL,
    "annotations" JSONB NOT NULL,
    "cluster_id" UUID,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3),
    "changed" BOOLEAN NOT NULL DEFAULT true,
    "group_keys" TEXT[] DEFAULT ARRAY[]::TEXT[],

    CONSTRAINT "alert_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_group" (
    "key" TEXT NOT NULL,
    "route_id" TEXT NOT NULL,
    "receiver" TEXT NOT NULL,
    "group_labels" JSONB NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "next_flush_at" TIMESTAMPTZ(3),
    "last_sent_at" TIMESTAMPTZ(3),
    "told_firing" TEXT[],
    "told_resolved" TEXT[],

    CONSTRAINT "alert_group_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" UUID NOT NULL,
    "receiver" TEXT NOT NULL,
    "integration" TEXT NOT NULL,
    "group_key" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "alert_count" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "message" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(3),

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hook" (
    "id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "secret_id" UUID NOT NULL,
    "fleet_repo_id" UUID,
    "cluster_id" UUID,
    "last_received_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "hook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hook_receipt" (
    "hook_id" UUID NOT NULL,
    "digest" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "hook_receipt_pkey" PRIMARY KEY ("hook_id","digest")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "sequence" BIGINT NOT NULL,
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "cluster_id" UUID,
    "request_id" TEXT,
    "detail" JSONB NOT NULL,
    "previous_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "audit_head" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "sequence" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox_row" (
    "id" UUID NOT NULL,
    "job" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "delay_ms" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "relayed_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_row_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "fleet_repo" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "branch" TEXT NOT NULL,
    "api_url" TEXT,
    "owner" TEXT,
    "repository" TEXT,
    "secret_id" UUID,
    "head_sha" TEXT,
    "mirrored_at" TIMESTAMPTZ(3),
    "mirror_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "fleet_repo_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mirror_commit" (
    "fleet_repo_id" UUID NOT NULL,
    "sha" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "parents" TEXT[],
    "author" TEXT NOT NULL,
    "author_email" TEXT NOT NULL,
    "committed_at" TIMESTAMPTZ(3) NOT NULL,
    "subject" TEXT NOT NULL,
    "paths" TEXT[],
    "on_branch" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "mirror_commit_pkey" PRIMARY KEY ("fleet_repo_id","sha")
);

-- CreateTable
CREATE TABLE "cluster" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "labels" JSONB NOT NULL DEFAULT '{}',
    "fleet_repo_id" UUID,
    "path" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "forgotten_at" TIMESTAMPTZ(3),
    "connection_generation" INTEGER NOT NULL DEFAULT 0,
    "connected_replica" TEXT,
    "contested_at" TIMESTAMPTZ(3),
    "epoch" UUID,
    "recent_epochs" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "sequence" BIGINT NOT NULL DEFAULT 0,
    "last_received_at" TIMESTAMPTZ(3),
    "snapshot_at" TIMESTAMPTZ(3),
    "facts" JSONB,
    "object_count" INTEGER NOT NULL DEFAULT 0,
    "ready_count" INTEGER NOT NULL DEFAULT 0,
    "failing_count" INTEGER NOT NULL DEFAULT 0,
    "progressing_count" INTEGER NOT NULL DEFAULT 0,
    "suspended_count" INTEGER NOT NULL DEFAULT 0,
    "worst" TEXT NOT NULL DEFAULT 'joining',
    "worst_since" TIMESTAMPTZ(3),
    "worst_reason" TEXT NOT NULL DEFAULT '',
    "revision" TEXT,
    "revision_since" TIMESTAMPTZ(3),

    CONSTRAINT "cluster_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "join_token" (
    "id" UUID NOT NULL,
    "cluster_id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "read_only" BOOLEAN NOT NULL DEFAULT false,
    "nonce" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "join_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent" (
    "id" UUID NOT NULL,
    "cluster_id" UUID NOT NULL,
    "incarnation" INTEGER NOT NULL,
    "public_key" JSONB NOT NULL,
    "read_only" BOOLEAN NOT NULL DEFAULT false,
    "cluster_uid" TEXT NOT NULL,
    "accepted_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "agent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "assertion_use" (
    "jti" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "assertion_use_pkey" PRIMARY KEY ("jti")
);

-- CreateTable
CREATE TABLE "setting" (
    "name" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" TEXT,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "flux_object" (
    "cluster_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "stage" TEXT,
    "reason" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3),
    "revision" TEXT,
    "sha" TEXT,
    "status" JSONB NOT NULL,
    "incarnation" INTEGER NOT NULL,
    "observed_at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "flux_object_pkey" PRIMARY KEY ("cluster_id","kind","namespace","name")
);

-- CreateTable
CREATE TABLE "inventory_record" (
    "digest" TEXT NOT NULL,
    "items" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inventory_record_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "inventory_sighting" (
    "cluster_id" UUID NOT NULL,
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "sha" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "inventory_sighting_pkey" PRIMARY KEY ("cluster_id","namespace","name","sha")
);

-- CreateTable
CREATE TABLE "ledger_entry" (
    "id" UUID NOT NULL,
    "cluster_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "revision" TEXT NOT NULL,
    "sha" TEXT,
    "result" TEXT NOT NULL,
    "stage" TEXT,
    "message" TEXT NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "to_at" TIMESTAMPTZ(3),

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("id","from_at")
);

-- CreateTable
CREATE TABLE "command" (
    "id" UUID NOT NULL,
    "cluster_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "object_kind" TEXT,
    "object_namespace" TEXT,
    "object_name" TEXT,
    "arguments" JSONB NOT NULL,
    "precondition" JSONB NOT NULL DEFAULT '{}',
    "number" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "message" TEXT NOT NULL DEFAULT '',
    "issuer" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "delivered_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "command_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "operation" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "cluster_id" UUID,
    "subject" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "progress" JSONB NOT NULL DEFAULT '{}',
    "secret_id" UUID,
    "issuer" TEXT NOT NULL,
    "error_code" TEXT,
    "error_message" TEXT,
    "error_remedy" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    "locked_by" TEXT,
    "locked_until" TIMESTAMPTZ(3),

    CONSTRAINT "operation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "operation_step" (
    "operation_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "detail" TEXT NOT NULL DEFAULT '',
    "remedy" TEXT,
    "code" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "operation_step_pkey" PRIMARY KEY ("operation_id","position")
);

-- CreateTable
CREATE TABLE "distribution" (
    "id" UUID NOT NULL,
    "version" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "components" TEXT[],
    "manifest" TEXT NOT NULL,
    "size_bytes" INTEGER NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "distribution_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rollback" (
    "id" UUID NOT NULL,
    "number" SERIAL NOT NULL,
    "selector" TEXT NOT NULL,
    "fleet_repo_id" UUID,
    "to_revision" TEXT NOT NULL,
    "sha" TEXT NOT NULL,
    "tag" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "commit" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lifted_at" TIMESTAMPTZ(3),
    "operation_id" UUID,
    "lifted_by" TEXT,
    "lift_commit" TEXT,
    "git_error" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "rollback_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rollback_target" (
    "rollback_id" UUID NOT NULL,
    "cluster_id" UUID NOT NULL,
    "source_namespace" TEXT NOT NULL,
    "source_name" TEXT NOT NULL,
    "from_revision" TEXT,
    "state" TEXT NOT NULL,
    "held" TEXT,
    "detail" TEXT NOT NULL DEFAULT '',
    "deletions" JSONB NOT NULL DEFAULT '[]',
    "deletions_known" BOOLEAN NOT NULL DEFAULT false,
    "worst_case_seconds" INTEGER NOT NULL DEFAULT 0,
    "pin_command_id" UUID,
    "release_command_id" UUID,
    "warnings" JSONB NOT NULL DEFAULT '[]',
    "git_state" TEXT,
    "git_path" TEXT,
    "reconciled_at" TIMESTAMPTZ(3),
    "superseded_by" UUID,

    CONSTRAINT "rollback_target_pkey" PRIMARY KEY ("rollback_id","cluster_id","source_namespace","source_name")
);

-- CreateIndex
CREATE UNIQUE INDEX "user_account_name_key" ON "user_account"("name");

-- CreateIndex
CREATE UNIQUE INDEX "user_session_token_hash_key" ON "user_session"("token_hash");

-- CreateIndex
CREATE INDEX "user_session_user_id_idx" ON "user_session"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_name_key" ON "api_token"("name");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_token_hash_key" ON "api_token"("token_hash");

-- CreateIndex
CREATE INDEX "idempotent_request_created_at_idx" ON "idempotent_request"("created_at");

-- CreateIndex
CREATE INDEX "alert_group_keys_idx" ON "alert" USING GIN ("group_keys");

-- CreateIndex
CREATE INDEX "alert_fingerprint_starts_at_idx" ON "alert"("fingerprint", "starts_at" DESC);

-- CreateIndex
CREATE INDEX "alert_ends_at_idx" ON "alert"("ends_at");

-- CreateIndex
CREATE INDEX "alert_starts_at_id_idx" ON "alert"("starts_at" DESC, "id");

-- CreateIndex
CREATE INDEX "alert_group_next_flush_at_idx" ON "alert_group"("next_flush_at");

-- CreateIndex
CREATE INDEX "delivery_created_at_id_idx" ON "delivery"("created_at" DESC, "id");

-- CreateIndex
CREATE INDEX "delivery_group_key_idx" ON "delivery"("group_key");

-- CreateIndex
CREATE INDEX "hook_receipt_received_at_idx" ON "hook_receipt"("received_at");

-- CreateIndex
CREATE UNIQUE INDEX "audit_entry_id_key" ON "audit_entry"("id");

-- CreateIndex
CREATE INDEX "audit_entry_action_sequence_idx" ON "audit_entry"("action", "sequence");

-- CreateIndex
CREATE INDEX "audit_entry_actor_sequence_idx" ON "audit_entry"("actor", "sequence");

-- CreateIndex
CREATE INDEX "audit_entry_cluster_id_sequence_idx" ON "audit_entry"("cluster_id", "sequence");

-- CreateIndex
CREATE INDEX "outbox_row_relayed_at_created_at_idx" ON "outbox_row"("relayed_at", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "fleet_repo_name_key" ON "fleet_repo"("name");

-- CreateIndex
CREATE INDEX "mirror_commit_fleet_repo_id_position_idx" ON "mirror_commit"("fleet_repo_id", "position" DESC);

-- CreateIndex
CREATE INDEX "mirror_commit_sha_idx" ON "mirror_commit"("sha");

-- CreateIndex
CREATE UNIQUE INDEX "cluster_name_key" ON "cluster"("name");

-- CreateIndex
CREATE INDEX "cluster_fleet_repo_id_idx" ON "cluster"("fleet_repo_id");

-- CreateIndex
CREATE INDEX "cluster_labels_idx" ON "cluster" USING GIN ("labels" jsonb_path_ops);

-- CreateIndex
CREATE UNIQUE INDEX "join_token_token_hash_key" ON "join_token"("token_hash");

-- CreateIndex
CREATE INDEX "join_token_cluster_id_idx" ON "join_token"("cluster_id");

-- CreateIndex
CREATE UNIQUE INDEX "agent_cluster_id_incarnation_key" ON "agent"("cluster_id", "incarnation");

-- CreateIndex
CREATE INDEX "assertion_use_expires_at_idx" ON "assertion_use"("expires_at");

-- CreateIndex
CREATE INDEX "flux_object_kind_state_idx" ON "flux_object"("kind", "state");

-- CreateIndex
CREATE INDEX "flux_object_sha_idx" ON "flux_object"("sha");

-- CreateIndex
CREATE INDEX "ledger_entry_cluster_id_kind_namespace_name_from_at_idx" ON "ledger_entry"("cluster_id", "kind", "namespace", "name", "from_at" DESC);

-- CreateIndex
CREATE INDEX "ledger_entry_from_at_id_idx" ON "ledger_entry"("from_at" DESC, "id");

-- CreateIndex
CREATE INDEX "ledger_entry_sha_idx" ON "ledger_entry"("sha");

-- CreateIndex
CREATE INDEX "command_cluster_id_state_idx" ON "command"("cluster_id", "state");

-- CreateIndex
CREATE INDEX "command_created_at_id_idx" ON "command"("created_at" DESC, "id");

-- CreateIndex
CREATE UNIQUE INDEX "command_cluster_id_number_key" ON "command"("cluster_id", "number");

-- CreateIndex
CREATE INDEX "operation_cluster_id_created_at_idx" ON "operation"("cluster_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "operation_state_idx" ON "operation"("state");

-- CreateIndex
CREATE UNIQUE INDEX "distribution_digest_key" ON "distribution"("digest");

-- CreateIndex
CREATE UNIQUE INDEX "rollback_number_key" ON "rollback"("number");

-- CreateIndex
CREATE INDEX "rollback_state_idx" ON "rollback"("state");

-- CreateIndex
CREATE INDEX "rollback_target_cluster_id_idx" ON "rollback_target"("cluster_id");

-- AddForeignKey
ALTER TABLE "user_session" ADD CONSTRAINT "user_session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user_account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mirror_commit" ADD CONSTRAINT "mirror_commit_fleet_repo_id_fkey" FOREIGN KEY ("fleet_repo_id") REFERENCES "fleet_repo"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cluster" ADD CONSTRAINT "cluster_fleet_repo_id_fkey" FOREIGN KEY ("fleet_repo_id") REFERENCES "fleet_repo"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "join_token" ADD CONSTRAINT "join_token_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent" ADD CONSTRAINT "agent_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "flux_object" ADD CONSTRAINT "flux_object_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "operation_step" ADD CONSTRAINT "operation_step_operation_id_fkey" FOREIGN KEY ("operation_id") REFERENCES "operation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollback_target" ADD CONSTRAINT "rollback_target_rollback_id_fkey" FOREIGN KEY ("rollback_id") REFERENCES "rollback"("id") ON DELETE CASCADE ON UPDATE CASCADE;
