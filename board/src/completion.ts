/** What a task asks of the run that wants to complete it. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Completion } from './run.ts';
import type { Task } from './task.ts';

/** `submit` where a reviewer has the last word, else `complete`. `evidence-missing` names what is not shown. */
export function judgeCompletion(task: Task, completion: Completion): Settled<'complete' | 'submit'> {
  const unknown = completion.evidence.find(({ criterion }) => criterion !== undefined && criterion > task.acceptance.length);
  if (unknown?.criterion !== undefined)
    return refuse('invalid-input', `there is no acceptance criterion ${unknown.criterion}; the task has ${task.acceptance.length}`, {
      criterion: unknown.criterion,
    });
  const missing = task.acceptance.flatMap((text, index) =>
    completion.evidence.some(({ criterion }) => criterion === index + 1) ? [] : [`${index + 1}. ${text}`],
  );
  if (missing.length > 0)
    return refuse(
      'evidence-missing',
      `nothing shows that these criteria are met: ${missing.join(' · ')}. Give evidence for each by its number: "criterion": 1, on the command line --evidence "check#1:…"`,
      {
        criteria: missing,
      },
    );
  if (task.evidenceRequired && completion.evidence.length + completion.artifacts.length === 0)
    return refuse('evidence-missing', 'the task asks for evidence: name at least one check, link, file or note that shows the result');
  return done(task.review === 'required' || completion.review ? 'submit' : 'complete');
}
