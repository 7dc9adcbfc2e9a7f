import { Module } from '@nestjs/common';
import { ReleasesModule } from '@flotilla/fleet/releases';
import { ReconcileReleasesProcessor } from './reconcile-releases.processor.js';

@Module({ imports: [ReleasesModule], providers: [ReconcileReleasesProcessor] })
export class ReleasesWorkerModule {}
