/** Where a configuration says a secret is, it is read, at the moment it is needed. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { SecretReference, TextWithSecrets } from '@guildhall/agents';

/** The secret; undefined when it is missing, unreadable or empty. An empty secret never counts as one. */
export function readSecret(reference: SecretReference | undefined, variables: Readonly<Record<string, string>>): string | undefined {
  if (reference === undefined) return undefined;
  const found = reference.kind === 'env' ? variables[reference.name] : readSecretFile(reference.path);
  const secret = found?.trim() ?? '';
  return secret === '' ? undefined : secret;
}

/** The text with every reference replaced; undefined when one of them is missing. */
export function fillIn(text: TextWithSecrets, variables: Readonly<Record<string, string>>): string | undefined {
  const parts = text.map((part) => (typeof part === 'string' ? part : readSecret(part, variables)));
  return parts.includes(undefined) ? undefined : parts.join('');
}

function readSecretFile(path: string): string | undefined {
  try {
    return readFileSync(path.startsWith('~/') ? join(homedir(), path.slice(2)) : path, 'utf8');
  } catch {
    return undefined;
  }
}
