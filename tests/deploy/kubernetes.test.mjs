/// The manifests: by Kubernetes' schemas, by what must hold between them, and by what rollcalld takes. Every check is
/// shown a mistake that it must find.
import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {root, run, text, version, yaml} from './kit.mjs';
import {ruleComplaints} from './kubernetes_rules.mjs';
import {schemaComplaints} from './kubernetes_schema.mjs';

const settings = new Set([...text('docs/settings.md').matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name]) => name));
const readme = text('deploy/README.md');
const facts = {
  // Those that the README says how to make.
  secrets: [...readme.matchAll(/create secret generic ([\w-]+)/g)].map(([, name]) => name),
  isKnownSetting: name => settings.has(name),
  drainSeconds: Number(/`node.drain_timeout` \| `(\d+)s`/.exec(text('docs/settings.md'))[1]),
};

/// The objects of a directory with a kustomization, and it.
async function kustomized(directory) {
  const [kustomization] = await yaml(join(directory, 'kustomization.yaml'));
  const objects = (await Promise.all(kustomization.resources.map(file => yaml(join(directory, file))))).flat();
  for (const {name, files} of kustomization.configMapGenerator ?? [])
    objects.push({apiVersion: 'v1', kind: 'ConfigMap', metadata: {name}, data: Object.fromEntries(files.map(
      file => [file, text(join(directory, file))]))});
  return {kustomization, objects};
}

async function complaints(objects) {
  return [...(await Promise.all(objects.map(schemaComplaints))).flat(), ...ruleComplaints(objects, facts)];
}


for (const directory of ['deploy/kubernetes/cluster', 'deploy/kubernetes/first-start']) {
  const {kustomization, objects} = await kustomized(directory);

  test(`${directory}: all is as Kubernetes and a node want it`, async () =>
    assert.deepEqual(await complaints(objects), []));

  test(`${directory}: every file is part of it, and the image is this version`, () => {
    const used = [...kustomization.resources, ...(kustomization.configMapGenerator ?? []).flatMap(one => one.files)];
    assert.deepEqual(readdirSync(join(root, directory)).sort(), [...used, 'kustomization.yaml'].sort());
    assert.deepEqual(kustomization.images, [{name: 'rollcall', newTag: version}]);
    assert.equal(kustomization.namespace, 'rollcall');
  });

  const kubectl = (() => { try { return run('kubectl', ['version', '--client']).code === 0; } catch { return false; } })();
  test(`${directory}: kubectl renders it`, {skip: kubectl ? false : 'no kubectl on this machine'}, () => {
    const done = run('kubectl', ['kustomize', join(root, directory)]);
    assert.equal(done.code, 0, done.output);
  });
}

const {objects: cluster} = await kustomized('deploy/kubernetes/cluster');
const shard = objects => objects.find(one => one.kind === 'StatefulSet');
const node = objects => shard(objects).spec.template.spec.containers[0];

const mistakes = {
  'a misspelt member': [all => { node(all).livenesProbe = {}; }, /there is no .*livenesProbe/],
  'a wrong type': [all => { shard(all).spec.replicas = '3'; }, /replicas is not right/],
  'a member that must be there': [all => { delete shard(all).spec.selector; }, /not right by required/],
  'a service without pods': [all => { all.find(one => one.kind === 'Service').spec.selector = {app: 'other'}; }, /selects no pod/],
  'a port that is none': [all => { all.find(one => one.kind === 'Service').spec.ports[0].targetPort = 'htp'; }, /no pod has the port htp/],
  'a budget of nothing': [all => { all.find(one => one.kind === 'PodDisruptionBudget').spec.selector.matchLabels = {a: 'b'}; }, /not of one workload/],
  'a policy of nothing': [all => { all.find(one => one.kind === 'NetworkPolicy').spec.podSelector.matchLabels = {a: 'b'}; }, /is of no pod/],
  'labels that are not selected': [all => { shard(all).spec.template.metadata.labels = {a: 'b'}; }, /does not select its own pods/],
  'an unknown secret': [all => { shard(all).spec.template.spec.volumes[1].secret.secretName = 'other'; }, /no secret other/],
  'an unknown map': [all => { shard(all).spec.template.spec.volumes[0].configMap.name = 'other'; }, /no config map other/],
  'a mount of nothing': [all => { node(all).volumeMounts[0].name = 'other'; }, /other is not both/],
  'root': [all => { delete shard(all).spec.template.spec.securityContext.runAsNonRoot; }, /not a restricted pod/],
  'a capability': [all => { node(all).securityContext.capabilities = {drop: ['NET_RAW']}; }, /is not restricted/],
  'no limits': [all => { delete node(all).resources.limits; }, /does not say what it needs/],
  'a probe of no port': [all => { node(all).livenessProbe.httpGet.port = 'health'; }, /which is none/],
  'a probe of another path': [all => { node(all).livenessProbe.httpGet.path = '/healthz'; }, /not asked how it does/],
  'an unknown variable': [all => { node(all).env.shift(); }, /no variable NODE_NAME/],
  'an unknown setting': [all => { node(all).args[1] = '--set=node.rolls=shard'; }, /no setting node.rolls/],
  'too little time to end': [all => { shard(all).spec.template.spec.terminationGracePeriodSeconds = 10; }, /before it has drained/],
  'variables of services': [all => { delete shard(all).spec.template.spec.enableServiceLinks; }, /takes for settings/],
  'one machine for all': [all => { delete shard(all).spec.template.spec.affinity; }, /may lie on one machine/],
};
for (const [name, [plant, found]] of Object.entries(mistakes))
  test(`the checks find ${name}`, async () => {
    const changed = structuredClone(cluster);
    plant(changed);
    assert.match((await complaints(changed)).join('\n'), found);
  });
