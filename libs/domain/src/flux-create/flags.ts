import { FlagError } from './flag-error.js';
import { formatGoDuration, parseGoDuration } from './go-duration.js';

/** `file`: paths of local files, whose contents the caller puts in their place before building. */
type FlagKind = 'text' | 'list' | 'switch' | 'duration' | 'file';

/** A flag as flux names it. Values outside `choices` are refused. */
export interface FluxFlag {
  readonly name: string;
  /** one letter */
  readonly short?: string;
  readonly kind: FlagKind;
  readonly description: string;
  readonly fallback?: string;
  readonly choices?: readonly string[];
}

export type FlagValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** Reads the values of a command's flags, with their fallbacks and checks. Throws FlagError. */
export class Flags {
  constructor(
    private readonly declared: readonly FluxFlag[],
    private readonly values: FlagValues,
  ) {}

  /** undefined where the flag was not given (flux: empty) and has no fallback */
  text(name: string): string | undefined {
    const flag = this.flag(name);
    const given = this.values[name];
    const value = typeof given === 'string' && given !== '' ? given : flag.fallback;
    if (value !== undefined && flag.choices && !flag.choices.includes(value))
      throw new FlagError(name, `${JSON.stringify(value)} is not supported, must be one of: ${flag.choices.join(', ')}`);
    return value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new FlagError(name, 'is required');
    return value;
  }

  list(name: string): readonly string[] {
    this.flag(name);
    const given = this.values[name];
    return Array.isArray(given) ? given.filter((item) => typeof item === 'string') : [];
  }

  isSet(name: string): boolean {
    this.flag(name);
    return this.values[name] === true;
  }

  /** in Flux's form (`1m0s`); undefined when absent or zero */
  duration(name: string): string | undefined {
    const nanoseconds = this.nanoseconds(name);
    return nanoseconds === 0 ? undefined : formatGoDuration(nanoseconds);
  }

  /** in Flux's form, zero included */
  interval(name = 'interval'): string {
    return formatGoDuration(this.nanoseconds(name));
  }

  private nanoseconds(name: string): number {
    const value = this.text(name);
    return value === undefined ? 0 : parseGoDuration(value, name);
  }

  private flag(name: string): FluxFlag {
    const flag = this.declared.find((candidate) => candidate.name === name);
    if (!flag) throw new Error(`the flag --${name} is read but not declared`);
    return flag;
  }
}

export function text(name: string, description: string, more: { fallback?: string; choices?: readonly string[]; short?: string } = {}): FluxFlag {
  return { name, kind: 'text', description, ...more };
}
export function list(name: string, description: string): FluxFlag {
  return { name, kind: 'list', description };
}
export function toggle(name: string, description: string, more: { short?: string } = {}): FluxFlag {
  return { name, kind: 'switch', description, ...more };
}
export function duration(name: string, description: string, fallback?: string): FluxFlag {
  return { name, kind: 'duration', description, ...(fallback === undefined ? {} : { fallback }) };
}
export function file(name: string, description: string): FluxFlag {
  return { name, kind: 'file', description };
}
