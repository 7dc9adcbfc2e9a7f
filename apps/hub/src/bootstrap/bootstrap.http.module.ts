import { Module } from '@nestjs/common';
import { BootstrapModule } from '@flotilla/fleet/bootstrap';
import { BootstrapController } from './bootstrap.controller.js';

@Module({ imports: [BootstrapModule], controllers: [BootstrapController] })
export class BootstrapHttpModule {}
