export const ROUTES_OPTIONS = Symbol('ROUTES_OPTIONS');
export interface RoutesOptions {
  /** URL of the hub, as messages name it */
  externalUrl: string;
}
