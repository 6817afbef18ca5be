/** Declares what people do by hand, and with agents and sources that are held back. */
import type { Command } from 'commander';
import type { Act } from './declare.ts';

interface Noted {
  readonly message?: string;
}

interface AgentCallOptions {
  key?: string;
  origin?: string;
  file?: string;
  idempotencyKey?: string;
}
interface AgentTokenOptions {
  key?: string;
  scope?: string;
  origin?: string;
  show?: boolean;
}

export function addWorkCommands(program: Command, act: Act): void {
  const work = program.command('work').description('what policy keeps from running and people do by hand');
  work
    .command('list')
    .description('open work, oldest first')
    .option('--state <state>', 'open, done or closed')
    .action(
      act(async (context, { state }: { state?: string }) =>
        (await import('../commands/work-list.ts')).workList(context, { state }),
      ),
    );
  work
    .command('done <proposal>')
    .description('say what was done; the check of the plan is asked for')
    .option('-m, --message <text>', 'what was done')
    .action(
      act(async (context, id: string, { message }: Noted) =>
        (await import('../commands/work-done.ts')).workDone(context, id, { note: message }),
      ),
    );
  work
    .command('close <proposal>')
    .description('say how the check went')
    .option('--check <result>', 'passed or failed')
    .option('-m, --message <text>', 'what shows it')
    .action(
      act(async (context, id: string, { check, message }: Noted & { check?: string }) =>
        (await import('../commands/work-done.ts')).workClose(context, id, { result: check, note: message }),
      ),
    );
  addAgents(program, act);
}

function addAgents(program: Command, act: Act): void {
  const agent = program.command('agent').description('hold agents and sources back, and let them go on');
  agent
    .command('keygen <file>')
    .description('make the key an agent signs with; prints the public half for the trust bundle')
    .option('--kind <kind>', 'p256 or ed25519', 'p256')
    .action(
      act(async (context, file: string, { kind }: { kind?: string }) =>
        (await import('../commands/agent-identity.ts')).agentKeygen(context, file, { kind }),
      ),
    );
  agent
    .command('token <organisation/agent>')
    .description('ask for a token as this agent would, and show what it holds')
    .option('--key <file>', 'key of the agent')
    .option('--scope <scope>', 'part of the duty')
    .option('--origin <origin>', 'address the server is known by, when it is called by another')
    .option('--show', 'print the token as well')
    .action(
      act(async (context, id: string, { key, scope, origin, show }: AgentTokenOptions) =>
        (await import('../commands/agent-identity.ts')).agentToken(context, id, { key, scope, origin, show }),
      ),
    );
  agent
    .command('call <organisation/agent> <path>')
    .description('one request of the HTTP API as this agent; with a file it is a POST')
    .option('--key <file>', 'key of the agent')
    .option('--origin <origin>', 'address the server is known by, when it is called by another')
    .option('-f, --file <file>', 'JSON to send')
    .option('--idempotency-key <key>', 'the same for a retry of the same intent')
    .action(
      act(async (context, clientId: string, path: string, { key, origin, file, idempotencyKey }: AgentCallOptions) =>
        (await import('../commands/agent-identity.ts')).agentCall(
          context,
          { clientId, path },
          { key, origin, file, idempotencyKey },
        ),
      ),
    );
  addRestraints(agent, act);
}

function addRestraints(agent: Command, act: Act): void {
  agent
    .command('suspend <agent>')
    .description('people are asked for all it proposes; at once, needs no signature')
    .option('--source', 'a source of signals: what it sends counts nothing', false)
    .option('-m, --message <text>', 'why')
    .action(
      act(async (context, id: string, { source, message }: Noted & { source: boolean }) =>
        (await import('../commands/agent-suspend.ts')).suspend(context, id, {
          kind: source ? 'source' : 'agent',
          reason: message,
        }),
      ),
    );
  agent
    .command('restraints')
    .description('who is held back, since when and why')
    .action(act(async (context) => (await import('../commands/agent-suspend.ts')).restraintList(context)));
  agent
    .command('lift <restraint>')
    .description('let it go on; signed by a policy admin who does not answer for it')
    .option('--key <key>', 'your key: a file, ssh-agent:SHA256:... or pkcs11:...')
    .option('-m, --message <text>', 'why it may go on')
    .action(
      act(async (context, id: string, { key, message }: Noted & { key?: string }) =>
        (await import('../commands/agent-suspend.ts')).restraintLift(context, id, { key, reason: message }),
      ),
    );
}
