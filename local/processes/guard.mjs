// Sits between a supervisor and one program, so that the program never outlives the supervisor, however that one dies.
// Plain JavaScript without imports of our own: it must start with any Node, at once.
//
//   stdin   first line: the program as JSON {command, args, env, cwd, hasChannel}; it closes when the supervisor is gone
//   fd 3    reports to the supervisor, one JSON object a line: {pid}, {failed}, {code, signal}
//   fd 4    (hasChannel) handed to the program as its fd 3
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';

const killAfterMs = 5_000;
let program;

function report(line) {
  try {
    writeSync(3, `${JSON.stringify(line)}\n`);
  } catch {
    // Nobody listens any more: the supervisor died.
  }
}

function start({ command, args, env, cwd, hasChannel }) {
  // Not detached: the program stays in this guard's own process group, which a terminal's Ctrl-C does not reach.
  program = spawn(command, args, {
    cwd,
    env,
    stdio: ['ignore', 'inherit', 'inherit', ...(hasChannel ? [4] : [])],
  });
  program.on('spawn', () => report({ pid: program.pid }));
  program.on('error', (error) => {
    report({ failed: error.message, errno: error.code });
    process.exit(127);
  });
  program.on('exit', leaveAs);
}

function leaveAs(code, signal) {
  report({ code, signal });
  // Whatever the program itself started is in this group too and would be nobody's now.
  signalGroup('SIGTERM');
  if (code !== null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // A signal that is ignored or still pending must not leave the guard behind.
  setTimeout(() => process.exit(1), 100);
}

function signalGroup(signal) {
  try {
    process.kill(-process.pid, signal);
  } catch {
    // No group of our own (not started detached): then there is nobody else in it.
  }
}

function supervisorGone() {
  if (!program) process.exit(1);
  program.kill('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), killAfterMs);
}

process.on('SIGTERM', () => program?.kill('SIGTERM'));
process.on('SIGINT', () => program?.kill('SIGINT'));
process.on('SIGHUP', () => undefined);

let head = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text) => {
  if (program) return;
  head += text;
  const end = head.indexOf('\n');
  if (end >= 0) start(JSON.parse(head.slice(0, end)));
});
process.stdin.on('end', supervisorGone);
process.stdin.on('error', supervisorGone);
