/** The part of the file about handing work over: who may, to whom, under which limits, and what the names of actions and risks mean. */
import { riskLevels } from '@guildhall/protocol';
import { z } from 'zod';
import { agentId, amountOfMoney, wholeNumber, word } from './schema-fields.ts';

const mostTokens = 1_000_000_000_000;

const actionName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}$/, 'the name of an action or a class of risk is 1 to 64 of a-z, 0-9, _ and -, and starts with a letter');

const riskName = z.string().min(1, 'this is empty').max(64, 'this is longer than 64 characters');

const perDay = {
  usd_per_day: amountOfMoney().optional().describe('With usd_per_handoff, which is set aside when a handoff is asked for'),
  tokens_per_day: wholeNumber(0, mostTokens).optional().describe('With tokens_per_handoff, which is set aside when a handoff is asked for'),
};

const triggerSource = z.strictObject({
  allowed_targets: z.array(agentId()).max(200),
  max_depth: wholeNumber(0, 16).optional().describe('How many handoffs may follow one another; 0 switches them off'),
  max_concurrent_targets: wholeNumber(1, 64).optional().describe('Different targets that may have something open for this agent at once'),
  default_risk: riskName.optional().describe('A level or class; what is asked for can only raise it'),
  require_human_confirmation_for: z.array(riskName).max(100).optional().describe('Levels (that one and above) and classes that wait for a person'),
  forbidden_actions: z.array(actionName).max(50).optional().describe('Actions that nothing it hands over may take'),
  max_per_hour: wholeNumber(1, 10_000).optional(),
  budget: z
    .strictObject({
      usd_per_handoff: amountOfMoney().optional().describe('What one handoff may cost with everything it leads to'),
      tokens_per_handoff: wholeNumber(0, mostTokens).optional(),
      ...perDay,
    })
    .optional(),
  edges: z.record(agentId(), z.strictObject(perDay)).optional().describe('What may go to one target in a day, by target'),
});

const triggerTarget = z.strictObject({
  allowed_sources: z
    .union([z.literal('*'), z.array(agentId()).max(200)], { error: 'allowed_sources is "*" or a list of agents' })
    .optional()
    .describe('Whose work it takes; "*", or nothing, is whoever may name it'),
  max_concurrent: wholeNumber(1, 64).optional().describe('Handoffs it works on at once'),
  max_waiting: wholeNumber(0, 1000).optional().describe('Handoffs that may wait behind them'),
  risk: riskName.optional().describe('A level or class: the least risk of whatever is handed to it'),
});

export const sessionTriggers = z
  .strictObject({
    enabled: z.boolean().optional(),
    duplicate_window_seconds: wholeNumber(0, 604_800).optional().describe('How long the same request is the same handoff'),
    approval_seconds: wholeNumber(1, 604_800).optional().describe('How long a person may take to answer; after it the answer is no'),
    breaker: z
      .strictObject({
        failures: wholeNumber(1, 1000).optional().describe('So many in a row let nothing more through from that source to that target'),
        rest_seconds: wholeNumber(1, 86_400).optional().describe('For so long; then one may try'),
      })
      .optional(),
    sources: z.record(agentId(), triggerSource).optional().describe('Who may hand work over, by agent'),
    targets: z.record(agentId(), triggerTarget).optional().describe('What holds for whom it is handed to, by agent'),
  })
  .optional()
  .describe('Which agents may hand work to which');

export const actions = z
  .record(
    actionName,
    z.strictObject({
      tools: z.array(z.string().min(1, 'this is empty').max(200)).max(500).optional().describe('Names of tools, or beginnings of names with a * at the end'),
      argv: z
        .array(
          z.union([word(1), z.array(word(1)).min(1).max(50)], {
            error: 'a command is a list of words, or one text that is split at spaces',
          }),
        )
        .max(500)
        .optional()
        .describe('Commands: the program and the words that make the action, in this order; others may stand between them'),
      hosts: z
        .array(z.string().regex(/^(\*\.)?[a-z0-9.-]+$/, 'a host is written like api.example.org, or *.example.org'))
        .max(500)
        .optional(),
      paths: z.array(z.string().min(1, 'this is empty').max(1000)).max(500).optional().describe('Globs of files that are written'),
    }),
  )
  .optional()
  .describe('What the names of actions cover that handoffs can forbid, over the built-in db_write, worker_restart, nginx_reload, dns_change, secret_change');

export const riskClasses = z
  .record(actionName, z.enum(riskLevels))
  .optional()
  .describe('Classes of risk and their level, over production_write and public_infra');

export const installationBudget = z
  .strictObject({
    usd_per_day: amountOfMoney().optional(),
    tokens_per_day: wholeNumber(0, mostTokens).optional(),
    usd_per_plan: amountOfMoney().optional(),
    tokens_per_plan: wholeNumber(0, mostTokens).optional(),
  })
  .optional()
  .describe('What all agents together may spend');

export type WrittenTriggers = NonNullable<z.infer<typeof sessionTriggers>>;
export type WrittenTriggerSource = z.infer<typeof triggerSource>;
export type WrittenActions = NonNullable<z.infer<typeof actions>>;
