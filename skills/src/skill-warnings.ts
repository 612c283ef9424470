/** What a person should look at before approving. Nothing here forbids: a warning is advice, and a text without one is not thereby safe. */
import { findHidden } from './skill-file.ts';

export interface ReadFile {
  readonly path: string;
  /** Undefined where it is no text. */
  readonly text: string | undefined;
}

const mostWarnings = 30;
const program = /\.(sh|bash|zsh|py|rb|pl|js|mjs|cjs|ts|ps1|bat|cmd|exe|dll|so|dylib|jar|wasm|bin|app|command)$/i;

/** Every pattern is bounded, so that scanning takes time in proportion to the text. */
const suspicions: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'pipes a download into a shell', pattern: /\b(curl|wget|fetch)\b[^\n|]{0,300}\|[ \t]{0,10}(sudo[ \t]{1,10})?(ba|z|da|k)?sh\b/i },
  { what: 'runs what it downloads', pattern: /\b(ba|z|da)?sh[ \t]{1,10}(-c[ \t]{1,10})?["']?(<\(|\$\()[ \t]{0,10}(curl|wget)\b|\b(iex|invoke-expression)\b/i },
  { what: 'holds a long encoded blob', pattern: /[A-Za-z0-9+/]{200}/ },
  { what: 'decodes and runs a text', pattern: /\bbase64[ \t]{1,10}(-d|-D|--decode)\b|\b(eval|exec)[ \t]{0,3}\(/ },
  {
    what: 'tells the reader to set instructions aside',
    pattern:
      /\b(ignore|disregard|forget|override)\b[^\n.]{0,40}\b(previous|prior|earlier|above|system|all|other)\b[^\n.]{0,30}\b(instruction|prompt|rule|message|polic)/i,
  },
  {
    what: 'speaks of approvals, which a skill cannot give',
    pattern:
      /\b(without|skip|bypass|no need (for|of)|do not ask (for)?|don't ask (for)?|auto)[ -]{0,3}(any |an |the |human |user )?(approv|permission|confirm)|\b(is|are) (pre-?)?approved\b/i,
  },
  {
    what: 'speaks of tools it wants, which a skill cannot grant',
    pattern:
      /\byou (may|can|are allowed to|must|should)( always| now)? (use|run|call) the [\w`"' -]{0,40}\b(tool|terminal|shell|browser)\b|\b(grant|enable|give)\b[^\n.]{0,30}\btools?\b/i,
  },
  { what: 'asks for secrets', pattern: /\b(api[ _-]?key|password|private key|secret|credential|\.env\b|id_rsa|ssh key)/i },
];

export function scanSkill(
  files: readonly ReadFile[],
  header: { readonly asksForTools: readonly string[]; readonly unknown: readonly string[] },
): readonly string[] {
  const warnings: string[] = [];
  if (header.asksForTools.length > 0) warnings.push(`asks for tools, which is shown and not granted: ${header.asksForTools.join(' ').slice(0, 300)}`);
  if (header.unknown.length > 0) warnings.push(`fields that mean nothing here: ${header.unknown.join(', ')}`);
  const programs = files.filter((file) => program.test(file.path) || file.text?.startsWith('#!') === true).map((file) => file.path);
  if (programs.length > 0) warnings.push(`holds programs: ${listed(programs)}`);
  const opaque = files.filter((file) => file.text === undefined).map((file) => file.path);
  if (opaque.length > 0) warnings.push(`holds files that are no text: ${listed(opaque)}`);
  const hosts = [
    ...new Set(files.flatMap((file) => [...(file.text ?? '').matchAll(/\bhttps?:\/\/([^\s/"'<>()[\]`]{1,200})/giu)].map((link) => link[1] ?? ''))),
  ];
  if (hosts.length > 0) warnings.push(`links to ${listed(hosts)}`);
  for (const file of files) warnings.push(...scanText(file));
  return warnings.slice(0, mostWarnings);
}

function scanText({ path, text }: ReadFile): readonly string[] {
  if (text === undefined) return [];
  const warnings = suspicions.flatMap(({ what, pattern }) => {
    const found = pattern.exec(text);
    return found === null ? [] : [`${path} line ${lineOf(text, found.index)} ${what}`];
  });
  const mark = findHidden(text);
  return mark === undefined ? warnings : [...warnings, `${path} has characters that cannot be seen (${mark})`];
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function listed(names: readonly string[]): string {
  const few = names.slice(0, 5).map((name) => name.slice(0, 100));
  return names.length > few.length ? `${few.join(', ')} and ${names.length - few.length} more` : few.join(', ');
}
