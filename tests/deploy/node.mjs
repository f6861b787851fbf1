/// A real node for the tests of deploy/: rollcalld on free ports of loopback, ended with the test.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import http from 'node:http';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {bin, scratch} from './kit.mjs';

/// Sends one request; resolves to its status and body.
function request(address, options, body) {
  const [, host, port] = /^(.*):(\d+)$/.exec(address);
  return new Promise((resolve, reject) => {
    const sent = http.request({host, port, timeout: 30_000, ...options}, async reply => {
      const parts = await reply.toArray();
      resolve({status: reply.statusCode, body: Buffer.concat(parts).toString()});
    });
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`${address} does not answer`)));
    sent.end(body);
  });
}

/// Starts a node with `settings` on top; resolves when it serves.
export async function startNode(test, settings = []) {
  const child = spawn(join(bin, 'rollcalld'), ['--http', '127.0.0.1:0', '--management', '127.0.0.1:0', '--data-dir',
    join(scratch(test), 'data'), '--set', 'vision.workers=1', ...settings.flatMap(one => ['--set', one])],
  {stdio: ['ignore', 'pipe', 'pipe']});
  let log = '';
  child.stderr.on('data', part => { log += part; });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    return (await ended)[0];
  };
  test.after(stop);
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([first]) => first),
    ended.then(() => { throw new Error(`the node ended: ${log}`); }),
  ]);
  const [, publicly, management] = /^ready http=(\S+) management=(\S+)$/.exec(line);
  return {
    management,
    stop,
    call: (operation, input) => request(publicly, {method: 'POST', path: '/', headers: {
      'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': `RekognitionService.${operation}`}}, JSON.stringify(input)),
    manage: path => request(management, {path}),
  };
}
