import { type INestApplication, Injectable } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { FlotillaError } from '@flotilla/contracts';

/** Holds the OpenAPI document; it is made from the whole application, so only once that is put together. */
@Injectable()
export class OpenApiDocument {
  private document: OpenAPIObject | null = null;

  build(app: INestApplication): void {
    const about = new DocumentBuilder()
      .setTitle('Flotilla')
      .setDescription(
        'Fleet hub for Flux. Lists take `limit` and `cursor`; errors are problem documents (RFC 9457) with a stable `code`; writes accept `Idempotency-Key`.',
      )
      .setVersion('v1')
      .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'API token (`flt_…`)' })
      .addCookieAuth('flotilla_session', { type: 'apiKey', in: 'cookie' })
      .addSecurityRequirements('bearer')
      .build();
    this.document = SwaggerModule.createDocument(app, about);
  }

  read(): OpenAPIObject {
    if (!this.document) throw new FlotillaError('unavailable', 'the description of the API is not made yet; try again');
    return this.document;
  }
}
