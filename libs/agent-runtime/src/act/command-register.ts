import { z } from 'zod';
import { commandOutcomes } from '@flotilla/contracts/agent';

/** Objects whose highest number is remembered; beyond, the ones longest without a command are forgotten (their commands have expired). */
export const registeredObjectsMax = 1000;

const entry = z.object({ number: z.number().int(), id: z.string(), outcome: z.enum(commandOutcomes).exactOptional(), message: z.string().exactOptional() });
const register = z.array(z.tuple([z.string(), entry])).max(registeredObjectsMax);
/** The newest command of an object: its number, and its outcome once it is known. */
export type RegisteredCommand = z.infer<typeof entry>;

export type Admission = { readonly admit: true } | { readonly admit: false; readonly earlier: RegisteredCommand };

/** Which numbered commands were taken, per object. A number is taken once, also by an agent that restarts while carrying it out. */
export class CommandRegister {
  private readonly entries: Map<string, RegisteredCommand>;

  /** @param text what `serialise` gave last, if anything */
  constructor(text: string | undefined) {
    this.entries = new Map(text === undefined ? [] : register.parse(JSON.parse(text)));
  }

  /** Takes a command when its number is higher than any before of that object. */
  admit(object: string, command: { readonly id: string; readonly number: number }): Admission {
    const earlier = this.entries.get(object);
    if (earlier && command.number <= earlier.number) return { admit: false, earlier };
    this.put(object, { number: command.number, id: command.id });
    return { admit: true };
  }

  finish(object: string, id: string, outcome: RegisteredCommand['outcome'], message: string): void {
    const found = this.entries.get(object);
    // a higher number may have been taken meanwhile
    if (found?.id === id && outcome !== undefined) this.put(object, { ...found, outcome, message });
  }

  serialise(): string {
    return JSON.stringify([...this.entries]);
  }

  private put(object: string, value: RegisteredCommand): void {
    this.entries.delete(object);
    this.entries.set(object, value);
    for (const key of this.entries.keys()) {
      if (this.entries.size <= registeredObjectsMax) break;
      this.entries.delete(key);
    }
  }
}
