import { done } from '@guildhall/protocol';
import { showBlock } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';

export const printSchema: RunVerb = async (call) => {
  const schema = await (await call.local()).configSchema();
  return done({ json: schema, text: () => showBlock(JSON.stringify(schema, null, 2)) });
};
