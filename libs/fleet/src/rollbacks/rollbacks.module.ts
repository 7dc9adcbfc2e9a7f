import { Module } from '@nestjs/common';
import { AdvanceRollback } from './advance-rollback.js';
import { CommandsModule } from '../commands/index.js';
import { COMMAND_ISSUER } from './command-issuer.js';
import { OrderedCommands } from './ordered-commands.js';
import { RollbackGit } from './rollback-git.js';
import { RollbackPlanner } from './rollback-planner.js';
import { RollbackScopeReadModel } from './rollback-scope.read-model.js';
import { RollbacksRepository } from './rollbacks.repository.js';
import { RollbacksService } from './rollbacks.service.js';

@Module({
  imports: [CommandsModule],
  providers: [
    RollbacksRepository,
    RollbackScopeReadModel,
    RollbackGit,
    RollbackPlanner,
    RollbacksService,
    AdvanceRollback,
    { provide: COMMAND_ISSUER, useClass: OrderedCommands },
  ],
  exports: [RollbacksService, AdvanceRollback],
})
export class RollbacksModule {}
