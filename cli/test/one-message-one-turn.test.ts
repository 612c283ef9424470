import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '@guildhall/protocol';
import { callTool, speak, startChatDaemon, type ChatDaemon, type TurnScript } from './chat-daemon.ts';
import { runProgram, startProgram } from './run-program.ts';
import { sampleHandoff, sampleHandoffApproval } from './sample-handoff.ts';
import { sampleAgent, sampleApproval, sampleTurn } from './sample-views.ts';
import { Refused, textOf } from './test-daemon.ts';

let daemon: ChatDaemon;

beforeEach(async () => {
  daemon = await startChatDaemon();
});
afterEach(async () => {
  await daemon.remove();
});

const run = (words: readonly string[], input?: string) => runProgram(words, { home: daemon.home, ...(input === undefined ? {} : { input }) });

describe('a message on the command line', () => {
  test('is answered on stdout alone; tools and cost are told on stderr', async () => {
    daemon.script = async (turn) => {
      callTool(turn, 'write_file', { path: 'hello.py' });
      speak(turn, 'It ', 'prints ', 'hello.');
      turn.answer('It prints hello.', true);
      return Promise.resolve();
    };
    const ran = await run(['chat', '--agent', 'coder', 'write hello.py']);
    expect(ran.stdout).toBe('It prints hello.\n');
    expect(ran.stderr).toContain('· write_file hello.py');
    expect(ran.stderr).toContain('✓ write_file');
    expect(ran.stderr).toContain('$0.0123, 1,234 tokens in, 56 out');
    expect(ran.code).toBe(0);
    expect(daemon.messages[0]).toMatchObject({ platform: 'terminal', chat: 'main', chatType: 'dm', agent: 'coder', text: 'write hello.py' });
  });

  test('comes on a terminal with speaker, tools and cost in one place', async () => {
    daemon.script = (turn) => {
      callTool(turn, 'write_file', { path: 'hello.py' });
      turn.answer('Done.');
      return Promise.resolve();
    };
    const ran = await runProgram(['chat', 'hi'], { home: daemon.home, variables: { TEST_TTY: 'stdout', NO_COLOR: '1' } });
    expect(ran.stdout).toMatch(/· write_file hello\.py ✓\ncoder › Done\.\n· \$0\.0123/);
  });

  test('may be typed in several words', async () => {
    await run(['chat', 'hello', 'there']);
    expect(daemon.messages[0]).toMatchObject({ text: 'hello there' });
  });

  test('may come on stdin', async () => {
    const ran = await run(['chat'], 'line one\nline two\n');
    expect(daemon.messages[0]).toMatchObject({ text: 'line one\nline two' });
    expect(ran.stdout).toBe('Hello.\n');
  });

  test('that is empty is wrong usage', async () => {
    expect(await run(['chat'], '\n')).toMatchObject({ code: 2, stdout: '' });
    expect(daemon.messages).toHaveLength(0);
  });

  test('is labelled where a rehearsal answers it', async () => {
    daemon.agent = sampleAgent({ rehearsal: true });
    const ran = await run(['chat', 'hi']);
    expect(ran.stdout).toBe('[rehearsal] Hello.\n');
    expect(ran.stderr).toContain('rehearsal: no model was asked');
  });

  test('shows which rule refused a tool, and that a tool failed', async () => {
    daemon.script = (turn) => {
      callTool(turn, 'terminal', { command: 'rm -rf /' }, 'refused', 'agents.coder.tools.deny');
      callTool(turn, 'terminal', { command: 'false' }, 'failed');
      turn.answer('I could not.');
      return Promise.resolve();
    };
    const ran = await run(['chat', 'hi']);
    expect(ran.stderr).toContain('✗ terminal refused: agents.coder.tools.deny');
    expect(ran.stderr).toContain('✗ terminal failed: exit code 1');
    expect(ran.stderr).not.toContain('✓');
  });

  test.each([
    ['failed', 1, 'the model gave no answer'],
    ['cancelled', 1, 'stopped elsewhere'],
  ] as const)('ends with its turn: %s', async (status, code, reason) => {
    daemon.script = (turn) => {
      turn.end({ status, reason });
      turn.live({ type: 'RUN_ERROR', message: reason, code: `turn-${status}`, runId: turn.turnId });
      return Promise.resolve();
    };
    const ran = await run(['chat', 'hi']);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(`${status}: ${reason}`);
  });

  test('shows the answer also when nothing of it was streamed', async () => {
    daemon.script = (turn) => {
      turn.end({ status: 'completed', answer: 'From the record.' });
      return Promise.resolve();
    };
    expect((await run(['chat', 'hi'])).stdout).toBe('From the record.\n');
  });

  test('shows the answer of the turn it joined', async () => {
    daemon.script = (turn) => {
      daemon.turns.set('trn_other', sampleTurn({ id: 'trn_other', answer: 'Both done.' }));
      turn.end({ status: 'absorbed', absorbedInto: 'trn_other' });
      return Promise.resolve();
    };
    expect(await run(['chat', 'hi'])).toMatchObject({ code: 0, stdout: 'Both done.\n' });
  });

  test('cannot move the cursor, set the clipboard or hide what it is', async () => {
    daemon.script = (turn) => {
      callTool(turn, 'terminal', { command: 'echo \u001b[31mred' });
      speak(turn, 'a\u001b', ']52;c;aGk=\u0007b\u202ec\u200bd\u009b2J');
      turn.answer('a\u001b]52;c;aGk=\u0007b\u202ec\u200bd\u009b2J', true);
      return Promise.resolve();
    };
    const ran = await runProgram(['chat', 'hi'], { home: daemon.home, variables: { TEST_TTY: 'stdout stderr', NO_COLOR: '1' } });
    expect(ran.stdout).toContain(String.raw`a\x1b]52;c;aGk=\x07b\u{202e}c\u{200b}d\x9b2J`);
    expect(ran.stdout).toContain(String.raw`terminal echo \x1b[31mred`);
    expect(ran.stdout + ran.stderr).not.toMatch(/(?!\n)\p{Cc}|[\u200b\u202e]/u);
  });

  test('to an agent nobody knows is not found', async () => {
    daemon.on('post /v1/messages', () => {
      throw new Refused('not-found', 'There is no agent "codr". Did you mean "coder"?');
    });
    const ran = await run(['chat', '--agent', 'codr', 'hi']);
    expect(ran).toMatchObject({ code: 4, stdout: '' });
    expect(ran.stderr).toContain('Did you mean "coder"?');
  });
});

describe('--json', () => {
  test('is the events of the turn, one on each line, and the turn at the end', async () => {
    daemon.script = (turn) => {
      speak(turn, 'Hel', 'lo.');
      turn.answer('Hello.', true);
      return Promise.resolve();
    };
    const ran = await run(['chat', '--json', 'hi']);
    const lines = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly [name: string]: Json });
    expect(lines.slice(0, -1).map((line) => line['type'])).toEqual([
      'RUN_STARTED',
      'CUSTOM',
      'TEXT_MESSAGE_START',
      'TEXT_MESSAGE_CONTENT',
      'TEXT_MESSAGE_CONTENT',
      'TEXT_MESSAGE_END',
      'RUN_FINISHED',
    ]);
    expect(lines.at(-1)).toMatchObject({ id: 'trn_1', status: 'completed', answer: 'Hello.' });
    expect(ran.stderr).toBe('');
  });

  test('wants a message', async () => {
    const ran = await runProgram(['chat', '--json'], { home: daemon.home, variables: { TEST_TTY: 'stdin' } });
    expect(ran.code).toBe(2);
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'invalid-input' } });
  });
});

describe('a daemon that goes away in the middle', () => {
  test('is found again at its new address; what was said comes once, whole', async () => {
    const restarted = Promise.withResolvers<void>();
    daemon.script = async (turn) => {
      speak(turn, 'One, ');
      await restarted.promise;
      turn.answer('One, two, three.');
    };
    const running = startProgram(['chat', 'count'], { home: daemon.home });
    running.child.stdin.end();
    await running.until('One, ');
    await daemon.stop();
    await running.until('The connection was lost');
    await daemon.start();
    await running.until('The daemon is back');
    restarted.resolve();
    const ran = await running.ended;
    expect(ran.code).toBe(0);
    expect(ran.stdout).toBe('One, two, three.\n');
  });

  test('an answer that was finished meanwhile is not lost', async () => {
    const gone = Promise.withResolvers<void>();
    daemon.script = async (turn) => {
      speak(turn, 'One, ');
      await gone.promise;
      turn.answer('One, two, three.');
    };
    const running = startProgram(['chat', 'count'], { home: daemon.home });
    running.child.stdin.end();
    await running.until('One, ');
    await daemon.stop();
    gone.resolve();
    await running.until('The connection was lost');
    await daemon.start();
    expect(await running.ended).toMatchObject({ code: 0, stdout: 'One, two, three.\n' });
  });

  test('for good is exit code 5', async () => {
    daemon.script = (turn) => {
      speak(turn, 'One, ');
      return Promise.resolve();
    };
    const running = startProgram(['chat', 'count'], { home: daemon.home, variables: { TEST_RECONNECT_MS: '500' } });
    running.child.stdin.end();
    await running.until('One, ');
    await daemon.stop();
    expect(await running.ended).toMatchObject({ code: 5 });
  });

  test('before it has acknowledged gets the same message again, not another one', async () => {
    let first = true;
    const answered: string[] = [];
    const accept = daemon.messages;
    daemon.on('post /v1/messages', ({ body, response }) => {
      accept.push(body);
      answered.push(textOf(body, 'messageId'));
      if (first) {
        first = false;
        response.destroy();
        return undefined;
      }
      daemon.turns.set('trn_9', sampleTurn({ id: 'trn_9', answer: 'Once.' }));
      return { sessionKey: 'agent:coder:main', agent: 'coder', turnId: 'trn_9', duplicate: true };
    });
    const ran = await run(['chat', 'hi']);
    expect(ran).toMatchObject({ code: 0, stdout: 'Once.\n' });
    expect(answered).toHaveLength(2);
    expect(answered[0]).toBe(answered[1]);
  });
});

describe('Ctrl-C', () => {
  test('stops the turn and says 130', async () => {
    daemon.script = async (turn) => {
      speak(turn, 'Thinking');
      await turn.cancelled;
    };
    const running = startProgram(['chat', 'hi'], { home: daemon.home });
    running.child.stdin.end();
    await running.until('Thinking');
    running.child.kill('SIGINT');
    const ran = await running.ended;
    expect(ran.code).toBe(130);
    expect(daemon.asked).toContain('post /v1/turns/{id}/cancel');
    expect(ran.stderr).toContain('cancelled');
  });
});

describe('an approval', () => {
  const askFirst = () => {
    daemon.script = async (turn) => {
      turn.live({ type: 'CUSTOM', name: 'guildhall.approval-asked', value: { approvalId: 'apr_1', tool: 'terminal', reason: 'removes files', expiresAt: 0 } });
      turn.answer(`You said ${await turn.answered}.`);
    };
  };

  test('is asked for on a terminal with exactly what will run', async () => {
    askFirst();
    const running = startProgram(['chat', 'clean up'], { home: daemon.home, variables: { TEST_TTY: 'stdin stdout' } });
    await running.until('Run it? y/n');
    expect(running.stdout()).toContain('"-rf"');
    running.child.stdin.write('maybe\n');
    await running.until(/Run it\? y\/n[^]*Run it\? y\/n/);
    running.child.stdin.write('y\n');
    const ran = await running.ended;
    expect(ran.stdout).toContain('You said approve.');
    expect(daemon.asked).toContain('post /v1/approvals/{id}/approve');
  });

  test('for a handoff that outlasts its turn says afterwards who answers it', async () => {
    const asked = { sessionKey: 'agent:coder:main', askedAt: Date.now() };
    daemon.on('get /v1/approvals', () => [
      sampleHandoffApproval(asked),
      sampleHandoffApproval({ ...asked, id: 'apr_before', askedAt: 1 }),
      sampleHandoffApproval({ ...asked, id: 'apr_other', sessionKey: 'agent:other:main' }),
      sampleApproval({ ...asked, id: 'apr_tool' }),
    ]);
    const ran = await run(['chat', 'release it']);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('  │ Deploy the site.\n');
    expect(ran.stderr.match(/guildhall approvals approve apr_\w+/g)).toEqual(['guildhall approvals approve apr_1']);
    expect((await run(['chat', '--json', 'release it'])).stderr).toBe('');
  });

  test('says where the summary of what was handed over comes, unless it was waited for', async () => {
    const handedOver = (wait: boolean) => (turn: TurnScript) => {
      callTool(turn, 'dispatch_handoff', { target: 'ops', task: 'Look', wait });
      turn.answer('Asked.');
      return Promise.resolve();
    };
    const mine = { sourceSession: 'agent:coder:main', requestedAt: Date.now() };
    daemon.on('get /v1/handoffs', () => [
      sampleHandoff(mine),
      sampleHandoff({ ...mine, status: 'refused' }),
      sampleHandoff({ ...mine, requestedAt: 1 }),
      sampleHandoff({ ...mine, sourceSession: 'agent:other:main' }),
    ]);
    daemon.script = handedOver(false);
    const ran = await run(['chat', 'is it ready?']);
    expect(ran.stderr).toContain('coder sums up in this conversation when the handoff has ended. See it: guildhall sessions show agent:coder:main\n');
    expect((await run(['chat', '--json', 'is it ready?'])).stderr).toBe('');
    daemon.script = handedOver(true);
    expect((await run(['chat', 'is it ready?'])).stderr).not.toContain('sums up');
  });

  test('on a pipe names the command that answers', async () => {
    askFirst();
    const running = startProgram(['chat', 'clean up'], { home: daemon.home });
    running.child.stdin.end();
    await running.until('guildhall approvals approve apr_1');
    const denied = await run(['approvals', 'deny', 'apr_1']);
    expect(denied.code).toBe(0);
    expect((await running.ended).stdout).toContain('You said deny.');
  });
});
