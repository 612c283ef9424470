/** Results as JSON, as these tools have always answered; characters that could hide or act are written out. */
import type { ToolResult } from '@guildhall/sessions';
import { printable } from '../printable.ts';

export function toldJson(value: object): ToolResult {
  return { text: printable(JSON.stringify(value)), isError: false };
}
