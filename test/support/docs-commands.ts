import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every document for people: those at the root and below docs/, and the rig's. */
export function documents(): string[] {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const below = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  return [...top, ...below.map((name) => path.join('docs', name)), 'test/rig/README.md'].sort();
}

export const readDocument = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Lines of the `sh` blocks below a heading (or of all), without comments; a line that ends in a backslash goes on. */
export function shellLines(markdown: string, heading?: string): string[] {
  const part = heading === undefined ? markdown : (markdown.split(new RegExp(`^#+ ${heading}$`, 'm'))[1]?.split(/^#+ /m)[0] ?? '');
  return [...part.matchAll(/^```(?:sh|shell|bash|console)\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .map((line) => line.replace(/(^|\s)# .*$/, '').trim())
      .filter((line) => line !== ''),
  );
}

/** Commands named in running text and tables: `npm …`, `flotilla …`. */
export function inlineCommands(markdown: string): string[] {
  const text = markdown.replaceAll(/^```.*?^```$/gms, '');
  return [...text.matchAll(/`((?:npm|flotilla) [^`]+)`/g)].map(([, command = '']) => command);
}

/** Words as a shell would pass them on; a redirection ends them, a substitution is one word. */
export function shellWords(line: string): string[] {
  return [...line.replace(/ [<>] .*$/, '').matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}
