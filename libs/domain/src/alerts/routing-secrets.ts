import { isMap, isScalar, isSeq, parseDocument, type Pair, type YAMLMap } from 'yaml';

/** Written in place of a secret when the document is shown; put back, it stands for the secret it replaced. */
export const secretPlaceholder = '<secret>';
const secretFields = new Set(['api_url', 'slack_api_url', 'hmac_secret']);

/** The document with every secret replaced by `<secret>`; comments and order are kept. */
export function redactRouting(text: string): string {
  return editSecrets(text, () => secretPlaceholder);
}

/** Puts the secrets of `known` back where `text` holds their placeholder: by receiver name and place, or in `global`. */
export function restoreRoutingSecrets(text: string, known: string): string {
  const secrets = new Map<string, string>();
  editSecrets(known, (value, key) => {
    secrets.set(key, value);
    return value;
  });
  return editSecrets(text, (value, key) => (value === secretPlaceholder ? (secrets.get(key) ?? value) : value));
}

function editSecrets(text: string, edit: (value: string, key: string) => string): string {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) return text;
  let changed = false;
  const visit = (map: YAMLMap, key: string): void => {
    for (const pair of map.items as Pair[]) {
      const name = String(pair.key);
      if (!secretFields.has(name) || !isScalar(pair.value) || typeof pair.value.value !== 'string') continue;
      const next = edit(pair.value.value, `${key}/${name}`);
      changed ||= next !== pair.value.value;
      pair.value.value = next;
    }
  };
  const global = document.contents.get('global', true);
  if (isMap(global)) visit(global, 'global');
  const receivers = document.contents.get('receivers', true);
  if (isSeq(receivers)) {
    for (const receiver of receivers.items) {
      if (!isMap(receiver)) continue;
      for (const list of ['webhook_configs', 'slack_configs']) {
        const configs = receiver.get(list, true);
        if (isSeq(configs)) configs.items.forEach((config, index) => isMap(config) && visit(config, `${String(receiver.get('name'))}/${list}/${index}`));
      }
    }
  }
  return changed ? document.toString({ lineWidth: 0 }) : text;
}
