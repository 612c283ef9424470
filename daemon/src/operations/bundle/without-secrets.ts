/**
 * A bundle leaves the machine, so no secret the daemon knows of may be in it, wherever people and agents wrote it down: such text is blotted out, and the content of an artifact that holds one stays here. A secret
 * that was written in another form, such as reversed or encoded, is not recognised.
 */
import type { PlanBundle } from '@guildhall/protocol';

const blot = '[secret]';
/** What `Ids.secret` makes. */
const ownSecret = /\bgh[a-z]{1,12}_[A-Za-z0-9_-]{43}/g;

export function withoutSecrets(bundle: PlanBundle, secrets: readonly string[]): PlanBundle {
  const known = secrets.toSorted((a, b) => b.length - a.length);
  const clean = (text: string): string => known.reduce((rest, secret) => rest.replaceAll(secret, blot), text).replaceAll(ownSecret, blot);
  const artifacts = bundle.artifacts.map((artifact) => {
    const { content, ...rest } = artifact;
    const held = content === null || holdsSecret(content, clean) ? null : content;
    return { ...cleaned(rest, clean), content: held };
  });
  return { ...cleaned({ ...bundle, artifacts: [] }, clean), artifacts };
}

function holdsSecret(base64: string, clean: (text: string) => string): boolean {
  const bytes = Buffer.from(base64, 'base64');
  return [bytes.toString('latin1'), bytes.toString('utf8')].some((text) => clean(text) !== text);
}

/** The same shape with other texts. */
function cleaned<Value>(value: Value, clean: (text: string) => string): Value;
function cleaned(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((item: unknown) => cleaned(item, clean));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]: [string, unknown]) => [clean(key), cleaned(inner, clean)]));
}
