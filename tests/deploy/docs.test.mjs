/// What the runbook says: every alert is in it, and every command is one.
import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {bin, root, run, text, yaml} from './kit.mjs';

const runbook = text('docs/runbook.md');
const headings = [...runbook.matchAll(/^### (Rollcall\w+)$/gm)].map(([, name]) => name);

test('the runbook has every alert, in the order of the rules', async () => {
  const rules = (await yaml('deploy/prometheus/rollcall.rules.yml'))[0].groups.flatMap(group => group.rules);
  assert.deepEqual(headings, rules.map(rule => rule.alert).filter(Boolean));
  for (const rule of rules.filter(one => one.alert))
    assert.match(runbook, new RegExp(`### ${rule.alert}\n\\*${rule.labels.severity}\\.\\*`));
});

/// The commands that a text names, without their arguments.
function commands(page) {
  const code = [...page.matchAll(/`([^`\n]+)`/g), ...page.matchAll(/^(rollcall [^#\n]+)/gm)].map(([, words]) => words);
  return [...new Set(code.filter(words => /^rollcall [a-z]/.test(words))
    .map(words => /^rollcall((?: [a-z]+)+)/.exec(words)[1].trim()))];
}
const isCommand = words => run(join(bin, 'rollcall'), [...words.split(' '), '--help']).output.includes(`Usage: rollcall ${words} [`);

for (const page of ['docs/runbook.md', 'deploy/README.md'])
  test(`${page}: every command is one`, () =>
    assert.deepEqual(commands(text(page)).filter(one => !isCommand(one)), []));
test('a command that is none is found', () =>
  assert.deepEqual(commands('`rollcall nodes drian NAME`').filter(one => !isCommand(one)), ['nodes drian']));

const settings = new Set([...text('docs/settings.md').matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name]) => name));
test('every setting that the runbook names is one', () => {
  const named = [...runbook.matchAll(/`((?:node|http|auth|cluster|store|decisions|search|vision)\.\w+)`/g)].map(([, name]) => name);
  assert.ok(named.length > 5);
  assert.deepEqual(named.filter(name => !settings.has(name) && name !== 'node.key'), []);
});

for (const page of ['docs/runbook.md', 'deploy/README.md'])
  test(`${page}: what it links to is there`, () => {
    const directory = join(root, page, '..');
    for (const [, target] of text(page).matchAll(/\]\(([^)#:]+)\)/g))
      assert.ok(existsSync(join(directory, target)), target);
  });
