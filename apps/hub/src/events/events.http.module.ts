import { Module } from '@nestjs/common';
import { EventsController } from './events.controller.js';
import { EventStreams } from './event-streams.js';

@Module({ controllers: [EventsController], providers: [EventStreams] })
export class EventsHttpModule {}
