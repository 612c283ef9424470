/** What lies in a folder, as a skill. The text that is returned is of the very bytes that were hashed. */
import { sha256 } from '@guildhall/kernel';
import { type Refusal, type Settled, done, refuse } from '@guildhall/protocol';
import { type FoundSkill, hashOfSkill, parseSkillFile, scanSkill } from '@guildhall/skills';
import { type FileContent, readFolder } from './read-folder.ts';

/** How the problem of a skill begins that is beyond the limits. */
export const tooLarge = 'too large: ';

/** `not-found` when there is no folder; whatever else is wrong is a skill with a problem. */
export async function readSkill(folder: string, name: string, scope: string): Promise<Settled<FoundSkill>> {
  const files = await readFolder(folder);
  if (files.ok) return done(skillOf(files.value, { folder, name, scope }));
  if (files.refusal.code === 'not-found') return files;
  return done({ ...nothingKnown, folder, name, scope, problem: problemOf(files.refusal) });
}

/** The name a skill gives itself, for one that has no folder yet. */
export function nameOfSkill(files: readonly FileContent[]): Settled<string> {
  const text = textOf(files.find(({ path }) => path === 'SKILL.md')?.bytes);
  if (text === undefined) return refuse('invalid-input', 'there is no SKILL.md, or it is no UTF-8 text');
  const header = parseSkillFile(text, undefined);
  return header.ok ? done(header.value.name) : header;
}

const nothingKnown = { description: '', version: '', license: '', asksForTools: [], hash: '', files: [], text: '', warnings: [] } as const;

function skillOf(contents: readonly FileContent[], place: Pick<FoundSkill, 'folder' | 'name' | 'scope'>): FoundSkill {
  const files = contents.map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: sha256(bytes) }));
  const text = textOf(contents.find(({ path }) => path === 'SKILL.md')?.bytes);
  if (text === undefined) return { ...nothingKnown, ...place, problem: 'there is no SKILL.md, or it is no UTF-8 text' };
  const header = parseSkillFile(text, place.name);
  if (!header.ok) return { ...nothingKnown, ...place, problem: problemOf(header.refusal) };
  const { description, version, license, asksForTools } = header.value;
  const warnings = scanSkill(
    contents.map(({ path, bytes }) => ({ path, text: textOf(bytes) })),
    header.value,
  );
  return { ...place, description, version, license, asksForTools, hash: hashOfSkill(files), files, text, warnings, problem: '' };
}

function problemOf({ code, message }: Refusal): string {
  return code === 'too-large' ? `${tooLarge}${message}` : message;
}

/** Undefined where it is no UTF-8 text. */
export function textOf(bytes: Buffer | undefined): string | undefined {
  if (bytes === undefined || bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
