import { Module } from '@nestjs/common';
import { Distributions } from './distributions.service.js';

@Module({ providers: [Distributions], exports: [Distributions] })
export class DistributionsModule {}
