import { type DynamicModule, Module } from '@nestjs/common';
import { SECURE_COOKIES, SessionController } from './session.controller.js';
import { TokensController } from './tokens.controller.js';

@Module({})
export class AccessHttpModule {
  static forRoot(options: { publicUrl: string }): DynamicModule {
    return {
      module: AccessHttpModule,
      controllers: [SessionController, TokensController],
      providers: [{ provide: SECURE_COOKIES, useValue: options.publicUrl.startsWith('https:') }],
    };
  }
}
