export * from './address.js';
export * from './create-outbound.js';
export * from './git-url.js';
export type { ResolvedAddress, Resolver } from './guarded-lookup.js';
