/**
 * Pull requests in a remote that is nothing but a git repository: `refs/pull/<n>/head` is the commit to merge, `refs/pull/<n>/request` an annotated tag on it that says into what, why and for
 * which task. A number is taken by pushing both where nothing is yet; who comes second takes the next.
 */
import { pathToFileURL } from 'node:url';
import type { Clock } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Git } from './git.ts';
import type { PullRequest, PullRequestPort } from './pull-requests.ts';

const mostTries = 5;

export function plainRemotePullRequests(git: Git, clock: Clock): PullRequestPort {
  return {
    async open(request) {
      const address = await addressOf(git, request);
      if (!address.ok) return address;
      for (let tries = 0; tries < mostTries; tries += 1) {
        const known = await readRequests(git, request);
        if (!known.ok) return known;
        const own = known.value.find(({ task }) => task === request.task);
        const number = own?.number ?? Math.max(0, ...known.value.map((one) => one.number)) + 1;
        const pushed = await pushRequest(git, clock, request, number, own);
        if (!pushed.ok) return pushed;
        if (pushed.value) return done({ id: String(number), url: `${address.value}#refs/pull/${number}/head` });
      }
      return refuse('failed', `other pull requests were opened in ${request.remote} at the same time, again and again; try once more`);
    },
  };
}

interface KnownRequest {
  readonly number: number;
  readonly task: string;
  /** The tag that records it. */
  readonly tag: string;
}

/** Every request the remote has. Their tags are brought over, so that they can be read; the last line that names a task is ours, whatever the body says. */
async function readRequests(git: Git, { repository, remote }: PullRequest): Promise<Settled<readonly KnownRequest[]>> {
  const kept = `refs/guildhall/pull/${remote}/`;
  const fetched = await git(repository, ['fetch', '--quiet', '--no-tags', '--prune', '--no-write-fetch-head', remote, `+refs/pull/*/request:${kept}*`]);
  if (!fetched.ok) return fetched;
  const listed = await git(repository, ['for-each-ref', '--format=%(refname)%09%(objectname)%09%(contents:subject)%09%(contents:body)%00', kept]);
  if (!listed.ok) return listed;
  return done(
    listed.value.split('\0').flatMap((entry): readonly KnownRequest[] => {
      const [name = '', tag = '', , ...body] = entry.trimStart().split('\t');
      const number = Number(name.slice(kept.length));
      const task = [...body.join('\t').matchAll(/^Task: (\S+)$/gmu)].at(-1)?.[1];
      return Number.isSafeInteger(number) && number > 0 ? [{ number, task: task ?? '', tag }] : [];
    }),
  );
}

/** False when somebody else took the number in the meantime. */
async function pushRequest(git: Git, clock: Clock, request: PullRequest, number: number, own: KnownRequest | undefined): Promise<Settled<boolean>> {
  const { repository, remote, head } = request;
  const tag = await git(repository, ['mktag'], { input: requestTag(request, number, clock.now()) });
  if (!tag.ok) return tag;
  const headRef = `refs/pull/${number}/head`;
  const requestRef = `refs/pull/${number}/request`;
  const expected =
    own === undefined ? [`--force-with-lease=${headRef}:`, `--force-with-lease=${requestRef}:`] : [`--force-with-lease=${requestRef}:${own.tag}`];
  const forced = own === undefined ? '' : '+';
  const refs = [`${forced}${head}:${headRef}`, `${forced}${tag.value.trim()}:${requestRef}`];
  const pushed = await git(repository, ['push', '--quiet', '--atomic', ...expected, remote, ...refs]);
  if (pushed.ok) return done(true);
  return /stale info|already exists|fetch first|non-fast-forward/u.test(pushed.refusal.message) ? done(false) : pushed;
}

/** The subject is the title; the last line names the task. */
function requestTag({ title, body, base, branch, head, task }: PullRequest, number: number, now: number): string {
  const text = [title.replaceAll(/\s+/gu, ' ').trim(), '', body.trim(), '', `Base: ${base}`, `Branch: ${branch}`, `Task: ${task}`].join('\n');
  const seconds = Math.floor(now / 1000);
  return `object ${head}\ntype commit\ntag pull-${number}\ntagger Guildhall <guildhall@localhost> ${seconds} +0000\n\n${text}\n`;
}

/** The remote's address without a password in it. */
async function addressOf(git: Git, { repository, remote }: PullRequest): Promise<Settled<string>> {
  const found = await git(repository, ['remote', 'get-url', '--', remote]);
  if (!found.ok) return found;
  const address = found.value.trim();
  if (address.startsWith('/')) return done(pathToFileURL(address).href);
  return done(address.replace(/^([a-z+]+:\/\/)[^/@]*@/u, '$1'));
}
