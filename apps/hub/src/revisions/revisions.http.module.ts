import { Module } from '@nestjs/common';
import { RevisionsModule } from '@flotilla/fleet/revisions';
import { RevisionsController } from './revisions.controller.js';

@Module({ imports: [RevisionsModule], controllers: [RevisionsController] })
export class RevisionsHttpModule {}
