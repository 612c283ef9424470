/** `guildhall up`: a daemon in the foreground. */
import { join } from 'node:path';
import { type Settled, done } from '@guildhall/protocol';
import { readEnvironment } from '../environment.ts';
import { createLog } from '../log.ts';
import { startDaemon } from '../start-daemon.ts';

export interface UpOptions {
  readonly port: number | undefined;
  readonly config: string | undefined;
  /** Drain and stop. */
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

export async function up({ port, config, signal, print }: UpOptions): Promise<Settled<null>> {
  const environment = readEnvironment(config === undefined ? {} : { config });
  const log = createLog({ file: join(environment.home, 'logs', 'daemon.log'), level: environment.variables['GUILDHALL_LOG'] ?? 'info' });
  const started = await startDaemon({ environment, port, tell: print, log });
  if (!started.ok) return started;
  const daemon = started.value;
  print(`Guildhall runs at ${daemon.url}`);
  print(`  agents   ${daemon.agents.join(', ')}`);
  print(`  model    ${daemon.modelSentence}`);
  print(`  page     open ${daemon.url} and type the code ${daemon.signInCode} (good once, for ten minutes)`);
  print(`  home     ${environment.home}`);
  const command = environment.variables['npm_lifecycle_event'] === undefined ? 'guildhall' : 'npx guildhall';
  print(`Talk to it in another terminal: ${command} chat "hello". Ctrl-C stops it; nothing is lost.`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  print('Stopping: turns under way are brought to a safe point …');
  await daemon.stop();
  print('Stopped.');
  return done(null);
}
