/** Secrets stay out of the configuration: it says where one is, and the daemon reads it there. */

export type SecretReference = { readonly kind: 'env'; readonly name: string } | { readonly kind: 'file'; readonly path: string };

/** Reads `${NAME}`, `env:NAME` or `file:/path`; undefined for anything else, a literal secret above all. */
export function readSecretReference(text: string): SecretReference | undefined {
  const env = /^(?:\$\{([A-Za-z_]\w*)\}|env:([A-Za-z_]\w*))$/.exec(text);
  const name = env?.[1] ?? env?.[2];
  if (name !== undefined) return { kind: 'env', name };
  const path = /^file:((?:~?\/|[A-Za-z]:[\\/]).+)$/.exec(text)?.[1];
  return path === undefined ? undefined : { kind: 'file', path };
}

/** A text in which `${NAME}` stands for a value of the environment, or which is a reference as a whole. */
export type TextWithSecrets = readonly (string | SecretReference)[];

/** `Bearer ${TOKEN}` → the text and the references in it, in order. */
export function readTextWithSecrets(text: string): TextWithSecrets {
  const whole = readSecretReference(text);
  if (whole !== undefined) return [whole];
  const parts: (string | SecretReference)[] = [];
  let end = 0;
  for (const match of text.matchAll(/\$\{([A-Za-z_]\w*)\}/g)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push({ kind: 'env', name: match[1] ?? '' });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/** Does a header or variable of this name usually hold a secret? */
export function soundsSecret(name: string): boolean {
  return /authori[sz]ation|token|secret|passw|credential|cookie|api[-_]?key|private[-_]?key|access[-_]?key/i.test(name);
}
