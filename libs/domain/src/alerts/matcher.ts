/** Longest regular expression of a matcher, and longest label value it is tried on: bounds what a bad expression can cost. */
const matcherRegexLengthMax = 256;
const labelValueLengthMax = 1024;

/** One condition on a label, as in Alertmanager: a label that is missing is the empty value; regular expressions match the whole value. */
export interface Matcher {
  readonly name: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Reads matchers as Alertmanager takes them: `name="value"`, `name=~"a|b"`, unquoted values, several joined by commas, with or without braces.
 * @throws Error that says what is wrong
 */
export function parseMatchers(text: string): Matcher[] {
  let rest = text.trim();
  if (rest.startsWith('{') && rest.endsWith('}')) rest = rest.slice(1, -1).trim();
  const found: Matcher[] = [];
  while (rest !== '') {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:\\.|[^"\\])*"|[^\s,"{}]*)\s*(,|$)\s*/.exec(rest);
    if (!match) throw new Error(`"${text}" is not a matcher; write name="value", name!="value", name=~"a|b" or name!~"a|b"`);
    const [whole, name = '', operator = '=', raw = ''] = match;
    found.push(createMatcher(name, operator as Matcher['operator'], raw.startsWith('"') ? unquote(raw) : raw));
    rest = rest.slice(whole.length);
  }
  if (found.length === 0) throw new Error(`"${text}" holds no matcher`);
  return found;
}

/** @throws Error when the name or the regular expression is not valid */
export function createMatcher(name: string, operator: Matcher['operator'], value: string): Matcher {
  if (!labelName.test(name)) throw new Error(`"${name}" is not a label name`);
  if (operator === '=~' || operator === '!~') {
    if (value.length > matcherRegexLengthMax) throw new Error(`the regular expression is longer than ${matcherRegexLengthMax} characters`);
    // repetition of a repetition takes exponential time on some values
    if (/[*+}]\)[*+{]/.test(value)) throw new Error(`the regular expression "${value}" repeats a repetition`);
    compile(value);
  }
  return { name, operator, value };
}

function unquote(raw: string): string {
  return raw.slice(1, -1).replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

const compiled = new Map<string, RegExp>();
const compiledMax = 1_000;
function compile(value: string): RegExp {
  const known = compiled.get(value);
  if (known) return known;
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^(?:${value})$`, 's');
  } catch (cause) {
    throw new Error(`"${value}" is not a regular expression`, { cause });
  }
  if (compiled.size >= compiledMax) compiled.clear();
  compiled.set(value, pattern);
  return pattern;
}

/** Whether labels meet every matcher. */
export function meetsMatchers(matchers: readonly Matcher[], labels: Readonly<Record<string, string>>): boolean {
  return matchers.every(({ name, operator, value }) => {
    const actual = (Object.hasOwn(labels, name) ? (labels[name] ?? '') : '').slice(0, labelValueLengthMax);
    switch (operator) {
      case '=':
        return actual === value;
      case '!=':
        return actual !== value;
      case '=~':
        return compile(value).test(actual);
      case '!~':
        return !compile(value).test(actual);
    }
  });
}
