import { type DynamicModule, Module } from '@nestjs/common';
import { SECRET_KEY, SecretBox } from './secret-box.js';

@Module({})
export class SecretsModule {
  static forRoot(key: Buffer): DynamicModule {
    return { module: SecretsModule, global: true, providers: [{ provide: SECRET_KEY, useValue: key }, SecretBox], exports: [SecretBox] };
  }
}
