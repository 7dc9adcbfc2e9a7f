import { Module } from '@nestjs/common';
import { ClustersModule } from '../clusters/index.js';
import { Commands } from './commands.service.js';
import { CommandsRepository } from './commands.repository.js';

@Module({ imports: [ClustersModule], providers: [CommandsRepository, Commands], exports: [CommandsRepository, Commands] })
export class CommandsModule {}
