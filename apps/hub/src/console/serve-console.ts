import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlotillaError } from '@flotilla/contracts';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';

/** First parts of paths that are not the console's. */
const reserved = new Set(['api', 'agent', 'docs', 'join', 'hooks', 'healthz', 'readyz', 'metrics']);
const yearSeconds = 31_536_000;
/** The console as this checkout or image builds it: `apps/web/dist`, seen from `apps/hub/{src,dist}/console`. */
const builtHere = fileURLToPath(new URL('../../../web/dist', import.meta.url));

const notBuilt = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Flotilla</title></head><body>
<h1>The console is not built</h1><p>The hub runs, and its API answers below <a href="/api/v1/openapi.json">/api/v1</a>. Build the console with <code>npm run build</code>
in the checkout, or name the folder of a built one in <code>FLOTILLA_CONSOLE_DIR</code>, and load this page again.</p></body></html>`;

/**
 * Serves the console from `folder` (empty: the one built in this checkout): files as they are, every other page path as `index.html`, whose router
 * knows it. Files below `assets/` carry a hash in their name and may be kept for ever; `index.html` never.
 */
export function serveConsole(app: NestExpressApplication, folder: string): void {
  const root = path.resolve(folder || builtHere);
  const index = path.join(root, 'index.html');
  app.useStaticAssets(root, {
    index: false,
    redirect: false,
    setHeaders: (response: { setHeader(name: string, value: string): unknown }, file: string) =>
      response.setHeader('cache-control', file.startsWith(path.join(root, 'assets') + path.sep) ? `public, max-age=${yearSeconds}, immutable` : 'no-cache'),
  });
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (!isPage(request))
      return next(
        isServedElsewhere(request.path)
          ? undefined
          : new FlotillaError('not-found', `there is nothing at ${request.method} ${request.path}; the API is below /api/v1`),
      );
    response.setHeader('cache-control', 'no-cache');
    if (!existsSync(index)) return void response.status(503).type('html').send(notBuilt);
    return response.sendFile(index);
  });
}

/** Paths that later handlers know: the API and what else lies outside the console. */
function isServedElsewhere(pathname: string): boolean {
  const [first = '', second = ''] = pathname.split('/').filter((part) => part !== '');
  return first === 'api' ? second === 'v1' : reserved.has(first);
}

/** A GET of a path that is neither an API's nor a file's. */
export function isPage(request: Pick<Request, 'method' | 'path'>): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const [first = ''] = request.path.split('/').filter((part) => part !== '');
  return !reserved.has(first) && path.extname(request.path) === '';
}
