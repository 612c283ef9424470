/** Tools have names vendors do not take (`mcp:files/read`). On the wire they go by a name made of the same letters; the way back is looked up. */
import { sha256 } from '@guildhall/kernel';

/** What every vendor takes. */
const wirePattern = /^[a-zA-Z0-9_-]{1,64}$/;

/** The same name always gives the same one, so that prompt caches hold; a changed name ends in six digits of its digest, so that two never meet. */
export function wireName(tool: string): string {
  if (wirePattern.test(tool)) return tool;
  return `${tool.replaceAll(/[^a-zA-Z0-9_-]+/g, '_').slice(0, 57)}_${sha256(tool).slice(0, 6)}`;
}

/** From the names on the wire back to ours; a name nobody offered stays as the model wrote it. */
export function readWireNames(tools: readonly { readonly name: string }[]): (wire: string) => string {
  const names = new Map(tools.map((tool) => [wireName(tool.name), tool.name]));
  return (wire) => names.get(wire) ?? wire;
}
