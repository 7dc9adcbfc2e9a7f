import { Module } from '@nestjs/common';
import { ClusterContent, ContentMachine } from './content.service.js';

/** The asking side, for the hub. */
@Module({ providers: [ClusterContent], exports: [ClusterContent] })
export class ContentModule {}

/** The doing side, for the worker. */
@Module({ providers: [ContentMachine], exports: [ContentMachine] })
export class ContentMachineModule {}
