import { type INestApplication, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { PERMISSION, PUBLIC } from '../../apps/hub/src/platform/auth/permissions.decorator.js';

/** A route with its permission; `name`: method and path without the prefix, such as `GET clusters/:cluster`. */
export interface HubRoute {
  name: string;
  permission: string | undefined;
  isPublic: boolean;
}

/** Every route that the hub's controllers declare. */
export function routesOf(app: INestApplication): HubRoute[] {
  const reflector = app.get(Reflector);
  const discovery = new DiscoveryService(app.get(ModulesContainer));
  const scanner = new MetadataScanner();
  return discovery.getControllers().flatMap(({ instance, metatype }): HubRoute[] => {
    const prototype = Object.getPrototypeOf(instance) as object;
    const base = String(Reflect.getMetadata(PATH_METADATA, metatype as object) ?? '');
    return scanner.getAllMethodNames(prototype).flatMap((method) => {
      const handler = (prototype as Record<string, unknown>)[method] as () => unknown;
      const path: unknown = Reflect.getMetadata(PATH_METADATA, handler);
      if (path === undefined) return [];
      const verb = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number];
      const targets = [handler, metatype as () => unknown];
      return [
        {
          name: `${verb} ${[base, ...[path].flat().map(String)]
            .map((part) => part.replace(/^\/|\/$/g, ''))
            .filter((part) => part !== '')
            .join('/')}`,
          permission: reflector.getAllAndOverride<string | undefined>(PERMISSION, targets),
          isPublic: reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets) ?? false,
        },
      ];
    });
  });
}
