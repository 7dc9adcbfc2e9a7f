import { type DynamicModule, Module } from '@nestjs/common';
import { Database, DATABASE_OPTIONS, type DatabaseOptions } from './database.js';

/** Makes `Database` available everywhere in a program. */
@Module({})
export class DatabaseModule {
  static forRoot(options: DatabaseOptions): DynamicModule {
    return { module: DatabaseModule, global: true, providers: [{ provide: DATABASE_OPTIONS, useValue: options }, Database], exports: [Database] };
  }
}
