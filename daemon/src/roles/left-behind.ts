/** What a run left in the workspace: files its calls wrote, files under `artifacts/` that are new or changed, and files that were to be there. Read under the rules for agents; no link is followed. */
import { extname } from 'node:path';
import { setImmediate as othersFirst } from 'node:timers/promises';
import { globMatcher, sha256 } from '@guildhall/kernel';
import type { NewArtifact, RoleStore } from '@guildhall/roles';
import type { Entry } from '@guildhall/sessions';
import { listWorkspaceFiles, readWorkspaceBytes, type Workspaces } from '@guildhall/tools';
import type { Ids } from '@guildhall/kernel';
import { inputsFolder } from './plan-inputs.ts';
import type { RolePlace } from './role-place.ts';

const artifactsFolder = 'artifacts';
const mostFiles = 50;
const mostEntries = 20_000;
const mostKeptBytes = 1_048_576;
const mostReadBytes = 64 * 1_048_576;
const mostReadInAll = 512 * 1_048_576;
const mostKnown = 1000;
/** Marks of patterns times marks of paths: some seconds, whatever a role wrote and named. */
const mostCompared = 4_000_000_000;
const alternativesOfBraces = 64;
const comparedAtOnce = 1_000_000;

export interface LeftBehind {
  readonly artifacts: readonly NewArtifact[];
  readonly expects: readonly { readonly pattern: string; readonly found: readonly string[] }[];
}

export async function whatWasLeft(
  deps: { readonly store: Pick<RoleStore, 'artifactsOf'>; readonly workspaces: Workspaces; readonly ids: Ids },
  work: { readonly place: RolePlace; readonly workspace: string; readonly entries: readonly Entry[]; readonly expects: readonly string[] },
): Promise<LeftBehind> {
  const { place, workspace, entries } = work;
  const listed = await listWorkspaceFiles(deps.workspaces, workspace, work.expects.length > 0 ? '' : artifactsFolder, mostEntries);
  const files = listed.ok ? listed.value.filter((path) => !path.startsWith(`${inputsFolder}/`)) : [];
  const matching = await matchExpected(work.expects, files);
  const written = new Set([...writtenPaths(entries), ...matching.flatMap((each) => each.files)]);
  const known = new Set((await deps.store.artifactsOf({ ...place, limit: mostKnown })).map(({ path, sha256: hash }) => `${hash} ${path}`));
  const artifacts: NewArtifact[] = [];
  const candidates = new Set([...written, ...files.filter((path) => path.startsWith(`${artifactsFolder}/`))]);
  let mayRead = mostReadInAll;
  for (const path of candidates) {
    if (artifacts.length >= mostFiles || mayRead <= 0) break;
    const bytes = await readWorkspaceBytes(deps.workspaces, workspace, path, Math.min(mostReadBytes, mayRead));
    if (!bytes.ok) continue;
    mayRead -= bytes.value.length;
    const hash = sha256(bytes.value);
    if (!written.has(path) && known.has(`${hash} ${path}`)) continue;
    const content = bytes.value.length <= mostKeptBytes ? bytes.value.toString('base64') : null;
    artifacts.push({ id: deps.ids.next('art'), path, sha256: hash, bytes: bytes.value.length, mediaType: mediaTypeOf(path), content });
  }
  const full = new Set(artifacts.filter(({ bytes }) => bytes > 0).map(({ path }) => path));
  return { artifacts, expects: matching.map((each) => ({ pattern: each.pattern, found: each.files.filter((path) => full.has(path)) })) };
}

/** Paths that calls of the file tools wrote. They are canonical: the gate judged them. */
function writtenPaths(entries: readonly Entry[]): readonly string[] {
  const done = new Set(entries.flatMap(({ body }) => (body.kind === 'tool-result' && body.outcome === 'done' ? [body.callId] : [])));
  return entries.flatMap(({ body }) => {
    if (body.kind !== 'tool-started' || (body.tool !== 'write_file' && body.tool !== 'patch') || !done.has(body.callId)) return [];
    const path = body.args['path'];
    return typeof path === 'string' && !path.startsWith(`${inputsFolder}/`) ? [path] : [];
  });
}

/** Patterns come from models and paths from whoever works there, so the work is counted, and everything else of the daemon goes on meanwhile. */
async function matchExpected(
  patterns: readonly string[],
  files: readonly string[],
): Promise<readonly { readonly pattern: string; readonly files: readonly string[] }[]> {
  let [compared, sinceRest] = [0, 0];
  const matching: { pattern: string; files: string[] }[] = [];
  for (const pattern of patterns) {
    const exact = pattern.replace(/^\.\//, '');
    const matches = globMatcher(`./${exact}`);
    const perMark = exact.length * (exact.includes('{') ? alternativesOfBraces : 1);
    const found: string[] = [];
    for (const path of files) {
      compared += path.length * perMark;
      sinceRest += path.length * perMark;
      if (sinceRest > comparedAtOnce) {
        sinceRest = 0;
        await othersFirst();
      }
      if (path === exact || (compared < mostCompared && matches(path))) found.push(path);
    }
    matching.push({ pattern, files: found });
  }
  return matching;
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.md': 'text/markdown',
  '.txt': 'text/plain',
  '.html': 'text/html',
  '.csv': 'text/csv',
  '.json': 'application/json',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.svg': 'image/svg+xml',
  '.pdf': 'application/pdf',
};

function mediaTypeOf(path: string): string {
  return mediaTypes[extname(path).toLowerCase()] ?? 'application/octet-stream';
}
