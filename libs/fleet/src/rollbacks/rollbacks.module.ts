import { Module } from '@nestjs/common';
import { AdvanceRollback } from './advance-rollback.js';
import { COMMAND_ISSUER } from './command-issuer.js';
import { RollbackGit } from './rollback-git.js';
import { RollbackPlanner } from './rollback-planner.js';
import { RollbacksRepository } from './rollbacks.repository.js';
import { RollbacksService } from './rollbacks.service.js';
import { StoredCommandIssuer } from './stored-command-issuer.js';

@Module({
  providers: [RollbacksRepository, RollbackGit, RollbackPlanner, RollbacksService, AdvanceRollback, { provide: COMMAND_ISSUER, useClass: StoredCommandIssuer }],
  exports: [RollbacksService, AdvanceRollback],
})
export class RollbacksModule {}
