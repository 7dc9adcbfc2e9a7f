import { Module } from '@nestjs/common';
import { Commands } from './commands.service.js';
import { CommandsRepository } from './commands.repository.js';

@Module({ providers: [CommandsRepository, Commands], exports: [CommandsRepository, Commands] })
export class CommandsModule {}
