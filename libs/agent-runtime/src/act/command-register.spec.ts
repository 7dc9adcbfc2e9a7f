import { describe, expect, it } from 'vitest';
import { CommandRegister, registeredObjectsMax } from './command-register.js';

describe('CommandRegister', () => {
  it('takes a number once, also after a restart in the middle', () => {
    const register = new CommandRegister(undefined);
    expect(register.admit('a', { id: 'one', number: 4 })).toEqual({ admit: true });
    const restarted = new CommandRegister(register.serialise());
    expect(restarted.admit('a', { id: 'one', number: 4 })).toEqual({ admit: false, earlier: { id: 'one', number: 4 } });
    expect(restarted.admit('a', { id: 'two', number: 3 }).admit).toBe(false);
    expect(restarted.admit('b', { id: 'two', number: 3 }).admit).toBe(true);
    expect(restarted.admit('a', { id: 'three', number: 5 }).admit).toBe(true);
  });

  it('remembers the outcome of the newest command only', () => {
    const register = new CommandRegister(undefined);
    register.admit('a', { id: 'one', number: 1 });
    register.admit('a', { id: 'two', number: 2 });
    register.finish('a', 'one', 'succeeded', '');
    register.finish('a', 'two', 'refused', 'no');
    expect(register.admit('a', { id: 'two', number: 2 })).toEqual({ admit: false, earlier: { id: 'two', number: 2, outcome: 'refused', message: 'no' } });
  });

  it('forgets the objects longest without a command when there are too many', () => {
    const register = new CommandRegister(undefined);
    for (let object = 0; object <= registeredObjectsMax; object += 1) register.admit(String(object), { id: 'x', number: 1 });
    const restarted = new CommandRegister(register.serialise());
    expect(restarted.admit('0', { id: 'y', number: 1 }).admit).toBe(true);
    expect(restarted.admit('500', { id: 'y', number: 1 }).admit).toBe(false);
  });
});
