import { Module } from '@nestjs/common';
import { CommandsModule } from '@flotilla/fleet/commands';
import { CommandsController } from './commands.controller.js';

@Module({ imports: [CommandsModule], controllers: [CommandsController] })
export class CommandsHttpModule {}
