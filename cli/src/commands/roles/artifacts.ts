import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { artifactView, done, planId, refuse, roleRunView, type ArtifactView, type Settled, shellWord } from '@guildhall/protocol';
import { askOnce } from '../../http/ask-once.ts';
import { readInput } from '../../input.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, nothing, show, showBlock, type Shown } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { byteSize, relativeTime } from '../../terminal/words.ts';
import type { Answer, Call, RunVerb } from '../../verb.ts';
import { artifactLine } from './describe-run.ts';
import { compliancePaint } from './list.ts';

const listInput = z.object({ plan: planId, role: z.string().trim().min(1).optional() });

export const listArtifacts: RunVerb = async (call) => {
  const options = readInput(call, listInput);
  if (!options.ok) return options;
  const { plan, role } = options.value;
  const runs = await askOnce(call, {
    method: 'get',
    path: '/v1/plans/{plan}/runs',
    answer: z.array(roleRunView),
    params: { plan },
    query: { role, limit: 500 },
  });
  if (!runs.ok) return runs;
  const artifacts = runs.value.flatMap((run) => run.artifacts);
  const { screen } = call.output;
  return done({
    json: artifacts,
    text: () =>
      artifacts.length === 0
        ? show`Nothing was left behind yet. A role leaves the files it writes in its workspace: guildhall roles invoke "…" --plan ${shellWord(plan)} --role developer --expect "src/*"`
        : renderTable(screen, columnsAt(screen.now), artifacts),
  });
};

const showInput = z.object({ id: z.string().min(1), to: z.string().min(1).optional() });
/** `content`: base64; null where only the hash was kept. */
const artifactContent = artifactView.extend({ content: z.base64().nullable() });
type ArtifactContent = z.infer<typeof artifactContent>;
const contentMs = 120_000;

export const showArtifact: RunVerb = async (call) => {
  const options = readInput(call, showInput);
  if (!options.ok) return options;
  const { id, to } = options.value;
  const artifact = await askOnce(call, { method: 'get', path: '/v1/artifacts/{id}', answer: artifactContent, params: { id }, timeoutMs: contentMs });
  if (!artifact.ok) return artifact;
  if (to === undefined) return done({ json: artifact.value, text: () => describeArtifact(call.output.screen, artifact.value) });
  return save(call, artifact.value, to);
};

async function save(call: Call, artifact: ArtifactContent, to: string): Promise<Settled<Answer>> {
  if (artifact.content === null)
    return refuse('not-available', `${artifact.id} was too large to be kept (${byteSize(artifact.bytes)}); only its hash is: sha256 ${artifact.sha256}`, {
      artifact: artifact.id,
    });
  const bytes = Buffer.from(artifact.content, 'base64');
  if (to === '-') {
    call.stdout.write(bytes);
    return done({ written: true });
  }
  const file = path.resolve(to);
  try {
    await writeFile(file, bytes, { flag: 'wx' });
  } catch (error) {
    return refuse('already-exists', `${file} was not written: ${String(error)}. Name another with --to.`, { file });
  }
  return done({ json: { file, bytes: bytes.byteLength }, text: () => show`Wrote ${file} (${byteSize(bytes.byteLength)}).` });
}

function describeArtifact(screen: Screen, artifact: ArtifactContent): Shown {
  const { paint, now } = screen;
  const head = [
    artifactLine(screen, artifact),
    show`  ${paint('dim', `by ${artifact.role} of ${artifact.plan} in ${artifact.run}, ${relativeTime(artifact.at, now)}, ${artifact.mediaType}, sha256 ${artifact.sha256}`)}`,
  ];
  if (artifact.content === null) return joinShown([...head, nothing, paint('dim', 'It was too large to be kept; only its hash is.')]);
  const bytes = Buffer.from(artifact.content, 'base64');
  const text = isText(artifact, bytes)
    ? showBlock(bytes.toString('utf8').trimEnd())
    : paint('dim', show`Save it: guildhall roles artifact ${artifact.id} --to FILE`);
  return joinShown([...head, nothing, text]);
}

function isText({ mediaType }: ArtifactView, bytes: Buffer): boolean {
  return /^(?:text\/|application\/(?:json|x-ndjson|yaml|xml|javascript))/.test(mediaType) && !bytes.includes(0);
}

function columnsAt(now: number): readonly Column<ArtifactView>[] {
  return [
    { title: 'ARTIFACT', cell: ({ id }) => id, paint: () => 'bold' },
    { title: 'ROLE', cell: ({ role }) => role, shrinks: true },
    { title: 'PATH', cell: ({ path: at }) => at, shrinks: true },
    { title: 'SIZE', cell: ({ bytes }) => byteSize(bytes), align: 'right', drops: true },
    { title: 'SKILLS', cell: ({ compliance }) => compliance, paint: ({ compliance }) => compliancePaint[compliance], drops: true },
    { title: 'RUN', cell: ({ run }) => run, drops: true },
    { title: 'LEFT', cell: ({ at }) => relativeTime(at, now), drops: true },
  ];
}
