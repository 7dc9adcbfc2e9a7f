import type { IncomingMessage } from 'node:http';
import { RequestMethod } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { distributionBytesMax } from '@flotilla/contracts';
import { problemDocsPath } from '@flotilla/domain';
import { readSecretKey } from '@flotilla/fleet/secrets';
import { collectProcessMetrics, type Logger } from '@flotilla/observability';
import { serveConsole } from './console/serve-console.js';
import { type HubConfig, publicUrl } from './hub.config.js';
import { HubModule } from './hub.module.js';
import { OpenApiDocument } from './platform/openapi/openapi-document.js';
import { requestId } from './platform/request-context/request-id.middleware.js';
import { securityHeaders } from './platform/http/security-headers.js';

/** Longest JSON body of an ordinary route. */
const jsonBytesMax = 1024 * 1024;
/** Routes that take more: a distribution (quoting doubles the line ends at worst), and the files of one commit. */
const largeJsonBytesMax = distributionBytesMax + 2 * 1024 * 1024;
const largeRoutes = /^\/api\/v1\/(distributions|clusters\/[^/]+\/content)\/?$/;

/** What lies outside `/api/v1`: probes, the reference of problems, joining, the agent's own calls, inbound hooks. */
const outsideApi = [problemDocsPath, 'healthz', 'readyz', 'metrics', 'join/*path', 'agent/*path', { path: 'hooks/:provider/:id', method: RequestMethod.POST }];

/** Builds the hub, not yet listening: `main` and tests share it. */
export async function createHub(config: HubConfig, logger: Logger): Promise<NestExpressApplication> {
  collectProcessMetrics();
  const key = readSecretKey(config);
  // rawBody: inbound hooks are signed over the bytes
  const app = await NestFactory.create<NestExpressApplication>(HubModule.forRoot(config, key, logger), {
    logger: ['error', 'warn'],
    bodyParser: false,
    rawBody: true,
    abortOnError: false,
  });
  app.disable('x-powered-by');
  const proxies = config.FLOTILLA_TRUSTED_PROXIES.split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '');
  if (proxies.length > 0) app.set('trust proxy', proxies);
  app.use(requestId);
  app.use(securityHeaders(publicUrl(config).startsWith('https:')));
  app.setGlobalPrefix('api/v1', { exclude: outsideApi });
  app.useBodyParser('json', { limit: largeJsonBytesMax, type: (request: IncomingMessage) => isJson(request) && largeRoutes.test(pathOf(request)) });
  app.useBodyParser('json', { limit: jsonBytesMax, type: ['json', '+json'] });
  serveConsole(app, config.FLOTILLA_CONSOLE_DIR);
  app.enableShutdownHooks();
  app.get(OpenApiDocument).build(app);
  return app;
}

const isJson = (request: IncomingMessage): boolean => /^application\/([\w.-]+\+)?json\b/i.test(request.headers['content-type'] ?? '');
const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0] ?? '';
