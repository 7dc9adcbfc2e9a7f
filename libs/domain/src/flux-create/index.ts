export { type FluxCreateCommand, labelFlag } from './create-command.js';
export { FlagError } from './flag-error.js';
export type { FlagKind, FlagValues, FluxFlag } from './flags.js';
export { buildFluxObjects, exportYaml, fluxCreateCommands, fluxNamespaceDefault } from './flux-create.js';
export { formatGoDuration, parseGoDuration } from './go-duration.js';
export { type JsonObject, type JsonValue, writeGoYaml } from './go-yaml.js';
