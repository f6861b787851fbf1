/// Rules, their cases and the dashboard, by Prometheus' own promtool; and that a node exports what they ask for.
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {deps, root, run, scratch, text, yaml} from './kit.mjs';
import {startNode} from './node.mjs';

const promtool = (args, options) => run(join(deps, 'promtool'), args, options);
const rulesFile = 'deploy/prometheus/rollcall.rules.yml';
const casesFile = 'tests/deploy/rollcall.rules.test.yml';

const rules = (await yaml(rulesFile))[0].groups.flatMap(group => group.rules);
const alerts = rules.map(rule => rule.alert).filter(Boolean);
const dashboard = JSON.parse(text('deploy/grafana/rollcall.json'));

/// The dashboard's expressions, with its variables as Grafana would fill them in.
const panels = dashboard.panels.filter(panel => panel.targets);
const shown = [...panels.flatMap(panel => panel.targets.map(target => target.expr)),
  ...dashboard.annotations.list.map(one => one.expr)]
  .map(expr => expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'));

/// What promtool says of `expressions`, as rules of a file.
function parseFailure(t, expressions) {
  const file = join(scratch(t), 'rules.yml');
  writeFileSync(file, JSON.stringify({groups: [{name: 'g', rules: expressions.map((expr, at) => ({record: `r:${at}`, expr}))}]}));
  const done = promtool(['check', 'rules', file]);
  return done.code === 0 ? '' : done.output;
}

test('the configuration and the rules are ones', () => {
  const done = promtool(['check', 'config', join(root, 'deploy/prometheus/prometheus.yml')]);
  assert.equal(done.code, 0, done.output);
});
test('the alerts fire when they should, and not on a calm cluster', () => {
  const done = promtool(['test', 'rules', join(root, casesFile)]);
  assert.equal(done.code, 0, done.output);
});
test('a rule that never fires is found', t => {
  const directory = scratch(t);
  writeFileSync(join(directory, 'rules.yml'), text(rulesFile).replace('replicas_missing) > 0', 'replicas_missing) > 100'));
  const cases = text(casesFile).replace(/^rule_files:.*$/m, 'rule_files: [rules.yml]');
  writeFileSync(join(directory, 'cases.yml'), cases);
  const done = promtool(['test', 'rules', join(directory, 'cases.yml')]);
  assert.notEqual(done.code, 0);
  assert.match(done.output, /RollcallReplicasMissing/);
});
test('every alert has a case in which it fires, and one in which it does not', async () => {
  const cases = (await yaml(casesFile))[0].tests.flatMap(one => one.alert_rule_test);
  for (const alert of alerts)
    assert.deepEqual(new Set(cases.filter(one => one.alertname === alert).map(one => !!one.exp_alerts)), new Set([true, false]), alert);
});
test('every alert says how soon somebody must look', () => {
  for (const rule of rules.filter(one => one.alert))
    assert.match(rule.labels.severity, /^(page|ticket)$/, rule.alert);
});

test('the dashboard asks what Prometheus understands', t => assert.equal(parseFailure(t, shown), ''));
test('an expression that it does not is found', t => assert.notEqual(parseFailure(t, [...shown, 'sum by (rate(x[5m]))']), ''));
test('the dashboard has no two panels with one id, or in one place', () => {
  const boxes = dashboard.panels.map(({id, gridPos: {x, y, w, h}}) => ({id, x, y, w, h}));
  assert.equal(new Set(boxes.map(box => box.id)).size, boxes.length);
  for (const a of boxes)
    for (const b of boxes.filter(one => one.id > a.id))
      assert.ok(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y, `${a.id} and ${b.id}`);
});

/// Metrics and their labels in Prometheus' text format: `name` → set of labels.
function exported(metrics) {
  const all = new Map();
  for (const [, name, labels] of metrics.matchAll(/^(rollcall_\w+)(?:\{(.*)\})? \S+$/gm)) {
    const known = all.get(name) ?? all.set(name, new Set(['instance', 'job'])).get(name);
    for (const [, label] of (labels ?? '').matchAll(/(\w+)="/g))
      known.add(label);
  }
  return all;
}

/// Metrics that `expr` names and nobody exports, and labels that they have not.
function unknown(expr, all) {
  const found = [];
  for (const [, name, matchers] of expr.matchAll(/\b(rollcall_\w+)(?:\{([^}]*)\})?/g))
    if (!all.has(name))
      found.push(name);
    else
      found.push(...[...(matchers ?? '').matchAll(/(\w+)\s*[=!]~?"/g)].map(([, label]) => label)
        .filter(label => !all.get(name).has(label)).map(label => `${name}{${label}}`));
  const labels = new Set([...all.values()].flatMap(one => [...one]));
  for (const [, list] of expr.matchAll(/\bby \(([^)]*)\)/g))
    found.push(...list.split(/,\s*/).filter(label => !labels.has(label)).map(label => `by (${label})`));
  return found;
}

test('a node exports all that rules and dashboard ask for', async t => {
  const node = await startNode(t);
  await node.call('ListCollections', {});
  const metrics = await node.manage('/metrics');
  const lint = promtool(['check', 'metrics'], {input: metrics.body});
  assert.equal(lint.code, 0, lint.output);
  const all = exported(metrics.body);
  // A node that is alone exports nothing of a cluster, without a certificate nothing of one, nor of cameras it has not.
  const others = ['actors/cluster/cluster_metrics.hpp', 'front/tls_keeper.cpp', 'actors/ingest/camera.cpp'].map(text).join('');
  for (const [, name] of others.matchAll(/"(rollcall_\w+)"/g))
    all.set(name, new Set(['instance', 'job', 'state']));
  for (const expr of [...rules.map(rule => rule.expr), ...shown])
    assert.deepEqual(unknown(expr, all), [], expr);
  assert.deepEqual(unknown('rate(rollcall_request_total[5m])', all), ['rollcall_request_total']);
  assert.deepEqual(unknown('rollcall_requests_total{op="x"}', all), ['rollcall_requests_total{op}']);
  assert.deepEqual(unknown('sum by (operaton) (rollcall_requests_total)', all), ['by (operaton)']);
});
