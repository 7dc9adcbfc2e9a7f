export { type FluxCreateCommand, labelFlag } from './create-command.js';
export type { FlagValues, FluxFlag } from './flags.js';
export { buildFluxObjects, exportYaml, fluxCreateCommands, fluxNamespaceDefault } from './flux-create.js';
export { formatGoDuration, parseGoDuration } from './go-duration.js';
export { type JsonObject, type JsonValue, writeGoYaml } from './go-yaml.js';
