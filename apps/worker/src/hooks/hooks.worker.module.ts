import { Module } from '@nestjs/common';
import { HookInstallationModule } from '@flotilla/fleet/hooks';
import { InstallHookProcessor } from './install-hook.processor.js';

@Module({ imports: [HookInstallationModule], providers: [InstallHookProcessor] })
export class HooksWorkerModule {}
