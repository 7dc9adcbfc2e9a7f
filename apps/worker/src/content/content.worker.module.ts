import { Module } from '@nestjs/common';
import { ContentMachineModule } from '@flotilla/fleet/content';
import { CommitContentProcessor } from './commit-content.processor.js';

@Module({ imports: [ContentMachineModule], providers: [CommitContentProcessor] })
export class ContentWorkerModule {}
