// How Go's yaml/v2 writes one scalar; go-yaml.ts writes the document around it.

/** How a text can be written. */
type Style = 'plain' | 'single' | 'double' | 'literal';

/** The style that yaml/v2 writes the text in. */
export function styleOf(value: string, isKey: boolean): Style {
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

/** A character as it stands between double quotes. */
export function escapeCharacter(character: string): string {
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
export function formatNumber(value: number): string {
  const json = JSON.stringify(value);
  if (/^-?\d+$/.test(json) && BigInt(json) >= int64Min && BigInt(json) < uint64End) return json;
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < exponentFormFrom) return value.toString();
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
