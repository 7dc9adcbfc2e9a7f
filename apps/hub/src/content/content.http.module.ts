import { Module } from '@nestjs/common';
import { ContentModule } from '@flotilla/fleet/content';
import { ContentController } from './content.controller.js';

@Module({ imports: [ContentModule], controllers: [ContentController] })
export class ContentHttpModule {}
