import { type DynamicModule, Module } from '@nestjs/common';
import { AlertDispatcher } from './alert-dispatcher.js';
import { Deliveries } from './deliveries.js';
import { ROUTES_OPTIONS, type RoutesOptions } from './routes.options.js';
import { RoutingDocument } from './routing-document.js';

@Module({})
export class RoutesModule {
  static forRoot(options: RoutesOptions): DynamicModule {
    return {
      module: RoutesModule,
      providers: [{ provide: ROUTES_OPTIONS, useValue: options }, RoutingDocument, AlertDispatcher, Deliveries],
      exports: [RoutingDocument, AlertDispatcher, Deliveries],
    };
  }
}
