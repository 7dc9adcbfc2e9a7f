import { FlotillaError, type Labels } from '@flotilla/contracts';

/** One condition of a selector; a selector is the conjunction of its requirements. `values` of `gt` and `lt` hold one integer. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'exists' | 'absent' | 'in' | 'notIn' | 'gt' | 'lt';
  readonly values: readonly string[];
}

/** A selector that cannot be read: code `selector-invalid`, and `position`, the 0-based character where reading stopped. */
export class SelectorError extends FlotillaError {
  constructor(
    readonly text: string,
    readonly position: number,
    problem: string,
  ) {
    super(
      'selector-invalid',
      `label selector ${JSON.stringify(text)}: ${problem} at character ${position + 1}; write it as for kubectl, e.g. "region=eu,ring in (1,2),!legacy"`,
    );
  }
}

/** Bounds of one selector: its text, its requirements, and the values of one requirement. */
const selectorLengthMax = 1024;

const keyPattern = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const keyPrefixLengthMax = 253;
const valuePattern = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const integerPattern = /^-?\d{1,18}$/;
const symbols = ['==', '!=', '=', '!', '(', ')', ',', '>', '<'] as const;
type Symbol = (typeof symbols)[number];
type Token =
  | { readonly kind: 'symbol'; readonly text: Symbol; readonly at: number }
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly text: ''; readonly at: number };

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const symbol = symbols.find((candidate) => text.startsWith(candidate, at));
    if (symbol !== undefined) {
      tokens.push({ kind: 'symbol', text: symbol, at });
      at += symbol.length;
      continue;
    }
    const word = /^[^\s=!(),><]+/.exec(text.slice(at))?.[0] ?? '';
    tokens.push({ kind: 'word', text: word, at });
    at += word.length;
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}

class SelectorReader {
  private readonly tokens: Token[];
  private next = 0;

  constructor(private readonly text: string) {
    this.tokens = tokenize(text);
  }

  read(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.peek().kind === 'end') return requirements;
    for (;;) {
      requirements.push(this.requirement());
      const token = this.take();
      if (token.kind === 'end') return requirements;
      if (token.text !== ',' || token.kind !== 'symbol') throw this.error(token, `found ${describe(token)} where a comma or the end was expected`);
      if (this.peek().kind === 'end') throw this.error(this.peek(), 'found the end after a comma');
    }
  }

  private requirement(): Requirement {
    if (this.skip('!')) return { key: this.key(), operator: 'absent', values: [] };
    const key = this.key();
    const token = this.peek();
    if (token.kind === 'end' || token.text === ',') return { key, operator: 'exists', values: [] };
    this.take();
    switch (token.text) {
      case '=':
      case '==':
        return { key, operator: 'in', values: [this.value()] };
      case '!=':
        return { key, operator: 'notIn', values: [this.value()] };
      case 'in':
        return { key, operator: 'in', values: this.values() };
      case 'notin':
        return { key, operator: 'notIn', values: this.values() };
      case '>':
      case '<':
        return { key, operator: token.text === '>' ? 'gt' : 'lt', values: [this.integer()] };
      default:
        throw this.error(token, `found ${describe(token)} where one of = == != in notin > < was expected`);
    }
  }

  private key(): string {
    const token = this.take();
    if (token.kind !== 'word') throw this.error(token, `found ${describe(token)} where a label key was expected`);
    if (!keyPattern.test(token.text) || token.text.lastIndexOf('/') > keyPrefixLengthMax)
      throw this.error(token, `${JSON.stringify(token.text)} is not a label key`);
    return token.text;
  }

  /** The value after `=`, `==` or `!=`; nothing there means the empty value. */
  private value(): string {
    return this.peek().kind === 'word' ? this.checkedValue(this.take()) : '';
  }

  /** `( value {, value} )`; as in Kubernetes an empty place is the empty value. */
  private values(): string[] {
    const open = this.take();
    if (open.text !== '(') throw this.error(open, `found ${describe(open)} where "(" was expected`);
    const values = new Set<string>();
    for (;;) {
      values.add(this.value());
      const token = this.take();
      if (token.text === ')') return [...values].sort();
      if (token.text !== ',') throw this.error(token, `found ${describe(token)} where "," or ")" was expected`);
    }
  }

  private integer(): string {
    const token = this.take();
    if (token.kind !== 'word' || !integerPattern.test(token.text)) throw this.error(token, `found ${describe(token)} where an integer was expected`);
    return token.text;
  }

  private checkedValue(token: Token): string {
    if (!valuePattern.test(token.text)) throw this.error(token, `${JSON.stringify(token.text)} is not a label value`);
    return token.text;
  }

  private skip(symbol: Symbol): boolean {
    const token = this.peek();
    if (token.kind !== 'symbol' || token.text !== symbol) return false;
    this.next += 1;
    return true;
  }

  private peek(): Token {
    return this.tokens[this.next] ?? { kind: 'end', text: '', at: this.text.length };
  }

  private take(): Token {
    const token = this.peek();
    this.next += 1;
    return token;
  }

  private error(token: Token, problem: string): SelectorError {
    return new SelectorError(this.text, token.at, problem);
  }
}

function describe(token: Token): string {
  return token.kind === 'end' ? 'the end' : JSON.stringify(token.text);
}

/**
 * Reads a label selector as kubectl takes it: `a`, `!a`, `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a>1`, `a<1`, joined by commas.
 * The empty text gives no requirements, which match everything. Throws SelectorError.
 * Grammar: Kubernetes, `k8s.io/apimachinery/pkg/labels`.
 */
export function parseSelector(text: string): Requirement[] {
  if (text.length > selectorLengthMax) throw new SelectorError(`${text.slice(0, 40)}…`, selectorLengthMax, `longer than ${selectorLengthMax} characters`);
  return new SelectorReader(text).read();
}

/** Whether labels meet every requirement. As in Kubernetes, `!=` and `notin` also match where the key is missing. */
export function matches(requirements: readonly Requirement[], labels: Readonly<Labels>): boolean {
  return requirements.every((requirement) => meets(requirement, Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined));
}

function meets(requirement: Requirement, value: string | undefined): boolean {
  switch (requirement.operator) {
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case 'notIn':
      return value === undefined || !requirement.values.includes(value);
    case 'gt':
    case 'lt': {
      const bound = requirement.values[0];
      if (value === undefined || bound === undefined || !integerPattern.test(value)) return false;
      return requirement.operator === 'gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
    }
  }
}

/** The selector in one normal form: reading it again gives the same requirements. */
export function formatSelector(requirements: readonly Requirement[]): string {
  return requirements.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case 'absent':
      return `!${key}`;
    case 'in':
      return values.length === 1 ? `${key}=${values[0] ?? ''}` : `${key} in (${values.join(',')})`;
    case 'notIn':
      return values.length === 1 ? `${key}!=${values[0] ?? ''}` : `${key} notin (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0] ?? ''}`;
    case 'lt':
      return `${key}<${values[0] ?? ''}`;
  }
}
