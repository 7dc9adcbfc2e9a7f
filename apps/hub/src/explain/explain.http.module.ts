import { Module } from '@nestjs/common';
import { ExplainModule } from '@flotilla/fleet/explain';
import { ExplainController } from './explain.controller.js';

@Module({ imports: [ExplainModule], controllers: [ExplainController] })
export class ExplainHttpModule {}
