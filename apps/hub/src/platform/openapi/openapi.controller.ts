import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../auth/permissions.decorator.js';
import { OpenApiDocument } from './openapi-document.js';

/** The API's own description. */
@ApiExcludeController()
@Public()
@Controller('openapi.json')
export class OpenApiController {
  constructor(private readonly document: OpenApiDocument) {}

  /** OpenAPI 3 of every route below `/api/v1`. */
  @Get()
  @Header('cache-control', 'public, max-age=300')
  read(): object {
    return this.document.read();
  }
}
