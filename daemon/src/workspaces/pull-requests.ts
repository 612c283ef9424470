/** Asking for a branch to be merged. A place that has pull requests of its own gets an implementation of its own; a plain git remote keeps them as refs. */
import type { Settled } from '@guildhall/protocol';

export interface PullRequest {
  readonly repository: string;
  /** Name of a remote of the repository. */
  readonly remote: string;
  readonly branch: string;
  readonly base: string;
  /** The commit the branch is at. */
  readonly head: string;
  readonly title: string;
  readonly body: string;
  readonly task: string;
}

export interface PullRequestPort {
  /** The branch is pushed already. The same task again changes the request it has. */
  open(request: PullRequest): Promise<Settled<{ readonly id: string; readonly url: string }>>;
}
