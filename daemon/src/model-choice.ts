/** The models behind the configuration in force: one runtime, made anew when the configuration changes, and the model for agents that name none. */
import { dirname } from 'node:path';
import type { Config } from '@guildhall/agents';
import type { Amount } from '@guildhall/authority';
import { type ChosenModel, chooseModel, createRuntime, estimateCost, findLocalServer } from '@guildhall/runtimes';
import type { Clock } from '@guildhall/kernel';
import type { ModelRuntime } from '@guildhall/sessions';
import type { ConfigInForce } from './config-in-force.ts';
import type { Environment } from './environment.ts';

export interface ModelChoice {
  readonly runtime: ModelRuntime;
  /** The model of agents that name none, and why, in a sentence. */
  default(): { readonly id: string; readonly reason: string };
  /** What a step with so many input tokens may cost, answer included. An unknown price is reserved as nothing: it is counted in tokens only. */
  estimateStep(model: string, inputTokens: number): Promise<Amount>;
}

/** Output a reservation allows for. */
const answerTokens = 1500;

export async function openModels(config: ConfigInForce, environment: Environment, clock: Clock, onFault: (error: unknown) => void): Promise<ModelChoice> {
  let runtime = buildRuntime(config.current(), config.file, environment, clock);
  let chosen = await choose(config.current(), environment);
  config.onChange(() => {
    runtime = buildRuntime(config.current(), config.file, environment, clock);
    choose(config.current(), environment).then((next) => (chosen = next), onFault);
  });
  return {
    runtime: { stream: (request, signal) => runtime.stream(request, signal) },
    default: () => ({ id: chosen.model, reason: chosen.sentence }),
    async estimateStep(model, inputTokens) {
      const microUsd = (await estimateCost(model, { inputTokens, outputTokens: answerTokens }, config.current().prices)) ?? 0;
      return { microUsd, tokens: inputTokens + answerTokens };
    },
  };
}

function buildRuntime(config: Config, file: string, environment: Environment, clock: Clock): ModelRuntime {
  return createRuntime({ providers: config.providers, env: environment.variables, clock, prices: config.prices, rehearsalFolder: dirname(file) });
}

function choose(config: Config, environment: Environment): Promise<ChosenModel> {
  return chooseModel({
    configModel: config.model,
    providers: config.providers,
    env: environment.variables,
    probeLocal: () => findLocalServer(environment.variables),
  });
}
