import { escapeCharacter, formatNumber, styleOf } from './go-yaml-scalars.js';

/** What JSON can hold: the values Flux's objects and Helm values are made of. Absent members are left out. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

const indentStep = 2;
/** Text is folded at the first space past this column. */
const lineWidth = 80;

/**
 * A value as `sigs.k8s.io/yaml` prints it (keys sorted, sequences not indented, text folded at 80 columns), which is what flux and kubectl
 * print. The rules are those of go.yaml.in/yaml/v2: its key order, its choice of scalar style and its emitter.
 */
export function writeGoYaml(value: JsonValue): string {
  const writer = new GoYamlWriter();
  writer.root(value);
  return writer.text;
}

class GoYamlWriter {
  text = '';
  private column = 0;

  root(value: JsonValue): void {
    if (isObject(value) && entriesOf(value).length > 0) this.mapping(value, 0, true);
    else if (isList(value) && value.length > 0) this.sequence(value, 0, true);
    else this.scalarOrEmpty(value, indentStep, false);
    if (!this.text.endsWith('\n')) this.put('\n');
  }

  private mapping(value: JsonObject, indent: number, inPlace: boolean): void {
    for (const [index, [key, member]] of entriesOf(value).entries()) {
      if (index > 0 || !inPlace) this.newLine(indent);
      this.string(key, indent, true);
      this.put(':');
      this.member(member, indent);
    }
  }

  private member(value: JsonValue, indent: number): void {
    if (isObject(value) && entriesOf(value).length > 0) this.mapping(value, indent + indentStep, false);
    else if (isList(value) && value.length > 0) this.sequence(value, indent, false);
    else this.scalarOrEmpty(value, indent + indentStep, true);
  }

  private sequence(value: readonly JsonValue[], indent: number, inPlace: boolean): void {
    for (const [index, item] of value.entries()) {
      if (index > 0 || !inPlace) this.newLine(indent);
      this.put('-');
      if (isObject(item) && entriesOf(item).length > 0) {
        this.put(' ');
        this.mapping(item, indent + indentStep, true);
      } else if (isList(item) && item.length > 0) {
        this.put(' ');
        this.sequence(item, indent + indentStep, true);
      } else this.scalarOrEmpty(item, indent + indentStep, true);
    }
  }

  private scalarOrEmpty(value: JsonValue, indent: number, spaced: boolean): void {
    if (typeof value === 'string') {
      if (spaced) this.put(' ');
      this.string(value, indent, false);
      return;
    }
    const text = isObject(value) ? '{}' : isList(value) ? '[]' : typeof value === 'number' ? formatNumber(value) : String(value);
    this.put(spaced ? ` ${text}` : text);
  }

  private string(value: string, indent: number, isKey: boolean): void {
    const style = styleOf(value, isKey);
    if (style === 'literal') this.literal(value, indent);
    else if (style === 'plain') this.folded(Array.from(value), indent, !isKey, (character) => character);
    else if (style === 'single') {
      this.put("'");
      this.folded(Array.from(value), indent, !isKey, (character) => (character === "'" ? "''" : character), true);
      this.put("'");
    } else {
      this.put('"');
      this.doubleQuoted(Array.from(value), indent, !isKey);
      this.put('"');
    }
  }

  private folded(characters: readonly string[], indent: number, mayFold: boolean, escape: (character: string) => string, quoted = false): void {
    let afterSpace = false;
    for (const [index, character] of characters.entries()) {
      if (character === ' ') {
        const inside = !quoted || (index > 0 && index < characters.length - 1);
        if (mayFold && !afterSpace && this.column > lineWidth && inside && characters[index + 1] !== ' ') this.newLine(indent);
        else this.put(' ');
        afterSpace = true;
      } else {
        this.put(escape(character));
        afterSpace = false;
      }
    }
  }

  private doubleQuoted(characters: readonly string[], indent: number, mayFold: boolean): void {
    let afterSpace = false;
    for (const [index, character] of characters.entries()) {
      if (character === ' ') {
        if (mayFold && !afterSpace && this.column > lineWidth && index > 0 && index < characters.length - 1) {
          this.newLine(indent);
          if (characters[index + 1] === ' ') this.put('\\');
        } else this.put(' ');
        afterSpace = true;
      } else {
        this.put(escapeCharacter(character));
        afterSpace = false;
      }
    }
  }

  private literal(value: string, indent: number): void {
    const hint = /^[ \n]/.test(value) ? String(indentStep) : '';
    const chomp = !value.endsWith('\n') ? '-' : value === '\n' || value.endsWith('\n\n') ? '+' : '';
    this.put(`|${hint}${chomp}`);
    const lines = value.split('\n');
    if (value.endsWith('\n')) lines.pop();
    for (const line of lines) {
      this.put('\n');
      if (line !== '') this.put(`${' '.repeat(indent)}${line}`);
    }
    if (chomp === '+') this.put('\n');
  }

  private newLine(indent: number): void {
    if (!(this.text.endsWith('\n') || this.text === '')) this.put('\n');
    this.put(' '.repeat(indent));
  }

  private put(text: string): void {
    this.text += text;
    const lastBreak = text.lastIndexOf('\n');
    this.column = lastBreak === -1 ? this.column + Array.from(text).length : Array.from(text.slice(lastBreak + 1)).length;
  }
}

function entriesOf(value: JsonObject): [string, JsonValue][] {
  return Object.entries(value)
    .filter((entry): entry is [string, JsonValue] => entry[1] !== undefined)
    .sort(([a], [b]) => compareKeys(a, b));
}

/** yaml/v2's order of keys: letters after anything else, runs of digits by their number. */
function compareKeys(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const one = left[index] ?? '';
    const other = right[index] ?? '';
    if (one === other) continue;
    const oneIsLetter = /\p{L}/u.test(one);
    const otherIsLetter = /\p{L}/u.test(other);
    if (oneIsLetter && otherIsLetter) return codeOf(one) - codeOf(other);
    if (oneIsLetter || otherIsLetter) return otherIsLetter ? -1 : 1;
    const start = (one === '0' || other === '0') && /[1-9]\d*$/.test(left.slice(0, index).join('')) ? 1 : 0;
    const oneRun = digitsFrom(left, index, start);
    const otherRun = digitsFrom(right, index, start);
    if (oneRun.number !== otherRun.number) return oneRun.number - otherRun.number;
    if (oneRun.end !== otherRun.end) return oneRun.end - otherRun.end;
    return codeOf(one) - codeOf(other);
  }
  return left.length - right.length;
}

function digitsFrom(characters: readonly string[], from: number, start: number): { number: number; end: number } {
  let number = start;
  let end = from;
  for (; end < characters.length && /\d/.test(characters[end] ?? ''); end += 1) number = number * 10 + Number(characters[end]);
  return { number, end };
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
