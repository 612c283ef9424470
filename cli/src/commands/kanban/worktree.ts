/** From the work in a task's worktree to a pull request. */
import { z } from 'zod';
import { diffView, done, pullRequestRequest, pullRequestView } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { paintDiff } from '../../terminal/diff.ts';
import { count } from '../../terminal/output.ts';
import { joinShown, show } from '../../terminal/shown.ts';
import { readTypedText } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { makeRequest } from '../../http/request-body.ts';

/** Git may have to fetch or push. */
const gitMs = 120_000;

const diffInput = z.object({ id: z.string().min(1) });

export const showDiff: RunVerb = async (call) => {
  const options = readInput(call, diffInput);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const diff = await daemon.value.ask('get', '/v1/tasks/{task}/diff', diffView, { params: { task: options.value.id }, timeoutMs: gitMs });
  if (!diff.ok) return diff;
  const { text, files, insertions, deletions, branch, base, cut } = diff.value;
  const { screen } = call.output;
  const between = branch === null ? '' : ` on ${branch}${base === null ? '' : ` against ${base}`}`;
  return done({
    json: diff.value,
    text: () =>
      files === 0
        ? show`Nothing was changed${between}.`
        : joinShown([
            paintDiff(screen, text),
            show`${count(files, 'file')}, +${insertions} -${deletions}${between}${cut ? '; the rest of the text is left out' : ''}`,
          ]),
  });
};

const pullRequestInput = z.object({ id: z.string().min(1), remote: z.string().optional(), title: z.string().optional(), body: z.string().optional() });

export const openPullRequest: RunVerb = async (call) => {
  const options = readInput(call, pullRequestInput);
  if (!options.ok) return options;
  const { id, remote, title } = options.value;
  const text = options.value.body === undefined ? done(undefined) : await readTypedText(call, options.value.body);
  if (!text.ok) return text;
  const body = makeRequest(pullRequestRequest, { remote, title, body: text.value });
  if (!body.ok) return body;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const opened = await daemon.value.ask('post', '/v1/tasks/{task}/pull-request', pullRequestView, { params: { task: id }, body: body.value, timeoutMs: gitMs });
  if (!opened.ok) return opened;
  const { url, branch, base } = opened.value;
  return done({ json: opened.value, text: () => show`${call.output.screen.paint('green', call.output.screen.marks.yes)} ${url}  ${branch} into ${base}` });
};
