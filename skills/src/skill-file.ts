/**
 * SKILL.md: front matter between two lines `---`, then text for a reader. What it says of itself is description, never authority: tools it asks for are shown to the person who approves it, and granted by
 * nobody.
 */
import { type Settled, done, refuse, skillName } from '@guildhall/protocol';
import { readPlainYaml } from './plain-yaml.ts';

export interface SkillHeader {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly license: string;
  readonly asksForTools: readonly string[];
  /** Fields that mean nothing here. */
  readonly unknown: readonly string[];
}

const maxSkillText = 64 * 1024;
const maxHeader = 16 * 1024;
const maxTools = 100;
const known = new Set(['name', 'description', 'license', 'compatibility', 'metadata', 'allowed-tools', 'version']);
/** Direction marks, zero-width characters and tags: they make a text read otherwise than it is. The joiners of emoji and scripts are let through. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/u;

/** `folder` is the name of the folder it lies in, which must be the skill's; undefined while it lies nowhere yet. */
export function parseSkillFile(text: string, folder: string | undefined): Settled<SkillHeader> {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxSkillText) return refuse('too-large', `SKILL.md has ${bytes} bytes, more than ${maxSkillText}; move parts into files beside it`);
  const head = frontMatter(text);
  if (head === undefined)
    return refuse('invalid-input', 'SKILL.md has no front matter: begin it with a line ---, the fields name and description, and a line ---');
  if (head.length > maxHeader) return refuse('too-large', `the front matter of SKILL.md has ${head.length} characters, more than ${maxHeader}`);
  const yaml = readPlainYaml(head, { allText: true });
  if (!yaml.ok) return refuse('invalid-input', `SKILL.md line ${yaml.trouble.line + 1}: ${yaml.trouble.message}`);
  if (!isRecord(yaml.value)) return refuse('invalid-input', 'the front matter of SKILL.md is no list of fields; write name: and description:');
  return readHeader(new Map(Object.entries(yaml.value)), folder);
}

function frontMatter(text: string): string | undefined {
  const begin = /^\uFEFF?---[ \t]*\r?\n/.exec(text);
  if (begin === null) return undefined;
  const rest = text.slice(begin[0].length, begin[0].length + maxHeader + 8);
  const end = /^---[ \t]*\r?$/m.exec(rest);
  if (end === null) return rest.length > maxHeader ? rest : undefined;
  return rest.slice(0, end.index);
}

function readHeader(fields: ReadonlyMap<string, unknown>, folder: string | undefined): Settled<SkillHeader> {
  const name = skillName.safeParse(fields.get('name'));
  if (!name.success)
    return refuse(
      'invalid-input',
      `the name ${shown(fields.get('name'))} in SKILL.md cannot be one: ${name.error.issues[0]?.message ?? 'it is not a skill name'}`,
    );
  if (folder !== undefined && name.data !== folder)
    return refuse('invalid-input', `SKILL.md names itself "${name.data}" and lies in the folder "${folder.slice(0, 80)}"; they must be the same`);
  const description = textField(fields, 'description', 1024);
  if (!description.ok) return description;
  if (description.value === '') return refuse('invalid-input', 'SKILL.md has no description; say in a sentence when to use the skill');
  const license = textField(fields, 'license', 500);
  if (!license.ok) return license;
  const compatibility = textField(fields, 'compatibility', 500);
  if (!compatibility.ok) return compatibility;
  const version = versionOf(fields);
  if (!version.ok) return version;
  const tools = toolsOf(fields.get('allowed-tools'));
  if (!tools.ok) return tools;
  const unknown = [...fields.keys()].filter((field) => !known.has(field)).map((field) => field.slice(0, 60));
  return done({
    name: name.data,
    description: description.value,
    version: version.value,
    license: license.value,
    asksForTools: tools.value,
    unknown: unknown.slice(0, 10),
  });
}

function versionOf(fields: ReadonlyMap<string, unknown>): Settled<string> {
  const metadata = fields.get('metadata');
  if (metadata === undefined || metadata === '') return textField(fields, 'version', 60);
  if (!isRecord(metadata)) return refuse('invalid-input', 'metadata in SKILL.md is no map of names to texts');
  const entries = new Map(Object.entries(metadata));
  return textField(entries.has('version') ? entries : fields, 'version', 60);
}

function textField(fields: ReadonlyMap<string, unknown>, field: string, most: number): Settled<string> {
  const value = fields.get(field) ?? '';
  if (typeof value !== 'string') return refuse('invalid-input', `${field} in SKILL.md is no text`);
  const text = value.trim().replaceAll(/\s+/gu, ' ');
  if (text.length > most) return refuse('invalid-input', `${field} in SKILL.md has ${text.length} characters, more than ${most}`);
  const mark = hidden.exec(text);
  if (mark !== null) return refuse('invalid-input', `${field} in SKILL.md has a character that cannot be seen: ${codePoint(mark[0])}; remove it`);
  return done(text);
}

/** `Bash(git:*) Read`, with commas, or a list. */
function toolsOf(value: unknown): Settled<readonly string[]> {
  const written = typeof value === 'string' ? (value.match(/[^\s,(]+(?:\([^)]{0,200}\))?/gu) ?? []) : (value ?? []);
  if (!Array.isArray(written)) return refuse('invalid-input', 'allowed-tools in SKILL.md is neither a text nor a list');
  const tools: string[] = [];
  for (const tool of written) {
    if (typeof tool !== 'string' || tool.length > 200 || hidden.test(tool))
      return refuse('invalid-input', `allowed-tools in SKILL.md names ${shown(tool)}, which is no name of a tool`);
    tools.push(tool.trim());
  }
  if (tools.length > maxTools) return refuse('invalid-input', `allowed-tools in SKILL.md names ${tools.length} tools, more than ${maxTools}`);
  return done(tools);
}

export function findHidden(text: string): string | undefined {
  const mark = hidden.exec(text.replaceAll(/[\t\r\n]|^\uFEFF/gu, ''));
  return mark === null ? undefined : codePoint(mark[0]);
}

function codePoint(mark: string): string {
  return `U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : value === undefined ? '(none)' : 'that is no text';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
