/** Every model there is behind one port: `rehearsal/…` plays a script, every other id asks its provider. */
import type { ModelRuntime } from '@guildhall/sessions';
import { isRehearsal } from './model/choose.ts';
import { withFallback } from './model/fallback.ts';
import { type ModelRuntimeOptions, createBareModelRuntime } from './model/model-runtime.ts';
import { createRehearsalRuntime } from './rehearsal/rehearsal-runtime.ts';

export interface RuntimeOptions extends ModelRuntimeOptions {
  /** Where rehearsal scripts lie: the folder of the configuration. */
  readonly rehearsalFolder?: string | undefined;
}

/** What a daemon uses. A rehearsal never stands in for a model that fails, unless it is named as its fallback. */
export function createRuntime(options: RuntimeOptions): ModelRuntime {
  const models = createBareModelRuntime(options);
  const rehearsal = createRehearsalRuntime({ folder: options.rehearsalFolder, ...(options.clock === undefined ? {} : { clock: options.clock }) });
  return withFallback({ stream: (request, signal) => (isRehearsal(request.model) ? rehearsal : models).stream(request, signal) });
}
