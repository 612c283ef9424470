import { done, type RegisteredLane, type Settled } from '@guildhall/protocol';
import type { Daemon } from '../../../http/daemon-client.ts';
import { joinShown, nothing, show, type Shown } from '../../../terminal/shown.ts';
import type { Answer, Call } from '../../../verb.ts';

/** The token of a lane, shown this once, and how the lane uses it. */
export function answerToken(call: Call, daemon: Daemon, said: Shown, { lane, token }: RegisteredLane): Settled<Answer> {
  const { paint, marks } = call.output.screen;
  const use =
    lane.kind === 'persistent'
      ? [
          show`  export GUILDHALL_URL=${daemon.url} GUILDHALL_TOKEN=${token}`,
          show`  guildhall kanban claim --lane ${lane.name} --wait 30s`,
          show`  guildhall kanban heartbeat TASK          # with the GUILDHALL_CLAIM_TOKEN that claim printed; then complete, block or release`,
        ]
      : [show`The daemon starts its command for each task, with a credential for that task in its environment; the token is for looking at the lane's tasks.`];
  return done({
    json: { lane, token },
    text: () =>
      joinShown([show`${paint('green', marks.yes)} ${said} Its token is shown this once; keep it now:`, nothing, paint('bold', token), nothing, ...use]),
  });
}
