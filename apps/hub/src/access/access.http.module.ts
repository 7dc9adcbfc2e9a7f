import { Module } from '@nestjs/common';
import { SessionController } from './session.controller.js';
import { TokensController } from './tokens.controller.js';

@Module({ controllers: [SessionController, TokensController] })
export class AccessHttpModule {}
