import { done, refuse, type Settled } from '@guildhall/protocol';

/** The text of a file; refuses bytes that are not UTF-8 text, because what is shown for them could not be written back. */
export function decodeText(bytes: Uint8Array, path: string): Settled<string> {
  if (bytes.includes(0)) return refuse('invalid-input', `${path} is a binary file (${bytes.length} bytes), not text`);
  try {
    return done(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return refuse('invalid-input', `${path} is not UTF-8 text (${bytes.length} bytes)`);
  }
}
