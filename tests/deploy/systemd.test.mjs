/// The units, by systemd's own checks, offline.
import assert from 'node:assert/strict';
import {cpSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {bin, root, run, scratch, text} from './kit.mjs';

const units = {'rollcalld.service': 'rollcalld.service', 'rollcalld@.service': 'rollcalld@a.service'};
// As systemd-analyze counts, 0 to 10: "OK" ends at 2. What is left is the network, which a node is for.
const threshold = 15; // tenths

/// What `systemd-analyze verify` has to say of a unit with this content, whose program is the one that was built.
function complaints(t, file, content) {
  const directory = scratch(t);
  writeFileSync(join(directory, file), content.replaceAll('/usr/bin/rollcalld', join(bin, 'rollcalld')));
  const done = run('systemd-analyze', ['verify', '--man=no', join(directory, units[file])]);
  return done.code === 0 ? done.output : `exit code ${done.code}: ${done.output}`;
}

for (const file of Object.keys(units)) {
  const content = text(`deploy/systemd/${file}`);

  test(`${file} is a unit that systemd understands`, t => assert.equal(complaints(t, file, content), ''));

  test(`${file} with a misspelt setting is not`, t =>
    assert.match(complaints(t, file, content.replace('LockPersonality=', 'LockPersonalty=')), /LockPersonalty/));

  test(`${file} exposes little`, () => {
    const done = run('systemd-analyze', ['security', '--offline=true', `--threshold=${threshold}`,
      join(root, 'deploy/systemd', file)]);
    assert.equal(done.code, 0, done.output.split('\n').filter(line => line.startsWith('✗') || line.startsWith('→')).join('\n'));
  });

  test(`${file} without its filter of system calls exposes too much`, t => {
    const directory = scratch(t);
    cpSync(join(root, 'deploy/systemd', file), join(directory, file));
    writeFileSync(join(directory, file), content.replace(/^SystemCallFilter=.*\n/gm, ''));
    const done = run('systemd-analyze', ['security', '--offline=true', `--threshold=${threshold}`, join(directory, file)]);
    assert.notEqual(done.code, 0);
  });

  test(`${file} lets the node be watched, and gives up in time`, () => {
    for (const line of ['Type=notify', 'WatchdogSec=30', 'Restart=on-failure', 'StartLimitBurst=5', 'RestartPreventExitStatus=3'])
      assert.ok(content.split('\n').includes(line), line);
  });
}

test('the two units differ in what makes one of several', () => {
  const settings = file => text(`deploy/systemd/${file}`).split('\n').filter(line => /^\w+=/.test(line));
  const [one, several] = Object.keys(units).map(settings);
  const only = (of, other) => of.filter(line => !other.includes(line)).map(line => line.split('=')[0]);
  assert.deepEqual(only(one, several), ['Description', 'ExecStart', 'User', 'StateDirectory']);
  assert.deepEqual(only(several, one), ['Description', 'ExecStart', 'User', 'StateDirectory', 'DefaultInstance']);
});
