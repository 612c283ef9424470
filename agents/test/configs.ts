/** Configurations for tests. */
import { expect } from 'vitest';
import { formatConfigError, parseConfig, type AgentConfig, type Config } from '../src/index.ts';

/** The configuration a valid text stands for. */
export function configOf(text: string): Config {
  const { config, errors } = parseConfig(text, { file: '/etc/guildhall.yaml' });
  expect(errors.map((error) => formatConfigError('f', error))).toEqual([]);
  if (config === undefined) throw new Error('no configuration and no errors');
  return config;
}

/** Every mistake in the text, one line each. */
export function errorsIn(text: string | Uint8Array): readonly string[] {
  return parseConfig(text, { file: 'f' }).errors.map((error) => formatConfigError('f', error));
}

export function warningsIn(text: string): readonly string[] {
  const { errors, warnings } = parseConfig(text, { file: 'f' });
  expect(errors).toEqual([]);
  return warnings.map((warning) => formatConfigError('f', warning));
}

export function agentOf(config: Config, id: string): AgentConfig {
  const agent = config.agents.get(id);
  if (agent === undefined) throw new Error(`no agent ${id}`);
  return agent;
}
