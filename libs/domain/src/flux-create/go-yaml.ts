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

type Style = 'plain' | 'single' | 'double' | 'literal';

function styleOf(value: string, isKey: boolean): Style {
  const shape = analyze(value);
  if (value.includes('\n')) return shape.literalAllowed && !isKey ? 'literal' : 'double';
  if (resolvesToOther(value)) return 'double';
  if (shape.plainAllowed && !(isKey && value === '')) return 'plain';
  return shape.singleAllowed ? 'single' : 'double';
}

/** Which styles can carry the text (`yaml_emitter_analyze_scalar`). */
function analyze(value: string): { plainAllowed: boolean; singleAllowed: boolean; literalAllowed: boolean } {
  if (value === '') return { plainAllowed: true, singleAllowed: true, literalAllowed: false };
  const special = Array.from(value).some((character) => !isPrintable(character)) || / \n/.test(value);
  const indicator =
    /^(---|\.\.\.)/.test(value) || /^[#,[\]{}&*!|>'"%@`]/.test(value) || /^[?:-]([\s]|$)/.test(value) || /:(\s|$)/.test(value) || /\s#/.test(value);
  const edges = /^[ \n]/.test(value) || /[ \n]$/.test(value);
  const breakThenSpace = /\n /.test(value);
  return {
    plainAllowed: !special && !indicator && !edges && !value.includes('\n'),
    singleAllowed: !special && !breakThenSpace,
    literalAllowed: !special && !value.endsWith(' '),
  };
}

function isPrintable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code === 0x0a || (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff);
}

const words = new Set([
  'y',
  'Y',
  'yes',
  'Yes',
  'YES',
  'n',
  'N',
  'no',
  'No',
  'NO',
  'true',
  'True',
  'TRUE',
  'false',
  'False',
  'FALSE',
  'on',
  'On',
  'ON',
  'off',
  'Off',
  'OFF',
  '',
  '~',
  'null',
  'Null',
  'NULL',
  '.nan',
  '.NaN',
  '.NAN',
  '.inf',
  '.Inf',
  '.INF',
  '+.inf',
  '+.Inf',
  '+.INF',
  '-.inf',
  '-.Inf',
  '-.INF',
]);
const integer = /^[-+]?(0|[1-9][0-9]*|0[0-7]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+|0[bB][01]+)$/;
const float = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const timestamp = /^(\d{4})-(\d{1,2})-(\d{1,2})([Tt ]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d{2}:\d{2})?)?$/;

/** Whether YAML 1.1 would read the plain text as something else than text (yaml/v2 `resolve`). */
function resolvesToOther(value: string): boolean {
  if (words.has(value) || base60.test(value)) return true;
  if (!/^[-+.0-9]/.test(value)) return false;
  const plain = value.startsWith('.') ? value : value.replaceAll('_', '');
  return (!value.startsWith('.') && integer.test(plain)) || float.test(plain) || isTimestamp(value);
}

function isTimestamp(value: string): boolean {
  const [, year, month, day] = timestamp.exec(value) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
};

function escapeCharacter(character: string): string {
  const short = escapes[character];
  if (short !== undefined) return `\\${short}`;
  if (isPrintable(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const [letter, width] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${letter}${code.toString(16).toUpperCase().padStart(Number(width), '0')}`;
}

const int64Min = -(2n ** 63n);
const uint64End = 2n ** 64n;
/** Go's shortest `%g` turns to exponent form from this decimal exponent on, and below -4. */
const exponentFormFrom = 6;

/** A number as it looks after Go's JSON and YAML: integers of 64 bits in full, all others as shortest `%g`. */
function formatNumber(value: number): string {
  const json = JSON.stringify(value);
  if (/^-?\d+$/.test(json) && BigInt(json) >= int64Min && BigInt(json) < uint64End) return json;
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < exponentFormFrom) return value.toString();
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
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
