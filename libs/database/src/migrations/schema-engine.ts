import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPg } from '@prisma/adapter-pg';

const filters = { externalTables: [], externalEnums: [] };

export interface SchemaFile {
  path: string;
  content: string;
}

interface Engine {
  diff(input: unknown): Promise<{ stdout: string | null }>;
}
// Node's types leave WebAssembly's to the DOM library, which these programs do not load
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: Record<string, unknown>) => { exports: Record<string, unknown> };
}
const { Module: WasmModule, Instance: WasmInstance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

interface Glue {
  __wbg_set_wasm(exports: Record<string, unknown>): void;
  SchemaEngine: { new: (options: unknown, log: (line: string) => void, adapter: unknown) => Promise<Engine> };
}

let loaded: Promise<Glue> | undefined;

// The package's own entry is made for bundlers; Node needs the module instantiated by hand.
async function load(): Promise<Glue> {
  const directory = path.dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const glue = (await import(pathToFileURL(path.join(directory, 'schema_engine_bg.js')).href)) as Glue;
  const module = new WasmModule(readFileSync(path.join(directory, 'schema_engine_bg.wasm')));
  const instance = new WasmInstance(module, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  if (typeof start === 'function') start();
  return glue;
}

/** Prisma's schema engine as WebAssembly, to write migrations with no download; the server behind `databaseUrl` is only asked for its version. */
export async function openSchemaEngine(databaseUrl: string, files: readonly SchemaFile[]): Promise<{ diffFromEmpty(): Promise<string> }> {
  loaded ??= load();
  const glue = await loaded;
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: databaseUrl }));
  const engine = await glue.SchemaEngine.new({ datamodels: files.map((file) => [file.path, file.content]) }, () => undefined, adapter);
  return {
    async diffFromEmpty() {
      const result = await engine.diff({
        from: { tag: 'empty' },
        to: { tag: 'schemaDatamodel', files },
        script: true,
        shadowDatabaseUrl: null,
        exitCode: true,
        filters,
      });
      return result.stdout ?? '';
    },
  };
}
