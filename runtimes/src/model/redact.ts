/** Keeps keys out of everything that is said about a failure. */

/** What stands where a key stood. */
const mask = '[key]';

/** Replaces every secret, and its forms in URLs and in base64, wherever it stands. Secrets shorter than four characters would mask ordinary words and are left. */
export function redact(text: string, secrets: readonly string[]): string {
  let safe = text;
  for (const secret of secrets) {
    if (secret.length < 4) continue;
    for (const form of new Set([secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])) safe = safe.replaceAll(form, mask);
  }
  return safe.replaceAll(/(https?:\/\/)[^/\s@]+@/g, `$1${mask}@`);
}
