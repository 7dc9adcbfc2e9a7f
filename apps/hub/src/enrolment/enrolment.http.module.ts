import { Module } from '@nestjs/common';
import { EnrolmentController } from './enrolment.controller.js';
import { JoinController } from './join.controller.js';
import { JoinTokensController } from './join-tokens.controller.js';

@Module({ controllers: [JoinTokensController, JoinController, EnrolmentController] })
export class EnrolmentHttpModule {}
