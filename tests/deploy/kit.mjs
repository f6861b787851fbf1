/// What the tests of deploy/ share: where things are, the packages that set-up installed, programs run to their end.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const deps = process.env.ROLLCALL_DEPS || join(root, 'build/deps');
export const bin = process.env.ROLLCALL_BIN_DIR || join(root, 'build/release/bin');

export const text = path => readFileSync(join(root, path), 'utf8');

export const version = /project\(rollcall VERSION (\S+)/.exec(text('CMakeLists.txt'))[1];

/// A module of the packages that package-lock.json pins.
export function load(module) {
  const path = join(deps, 'deploy-checks/node_modules', module);
  if (!existsSync(path))
    throw new Error(`${path} is missing: run ./dev setup test`);
  return import(path);
}

/// All documents of a YAML file, as values.
export async function yaml(path) {
  const YAML = (await load('yaml/dist/index.js')).default;
  return YAML.parseAllDocuments(text(path), {merge: true}).map(one => {
    if (one.errors.length)
      throw new Error(`${path}: ${one.errors[0].message}`);
    return one.toJS();
  });
}

/// Runs a program; what it printed, on both streams, and how it ended.
export function run(program, args, options = {}) {
  const done = spawnSync(program, args, {encoding: 'utf8', timeout: 60_000, ...options});
  if (done.error?.code === 'ENOENT')
    throw new Error(`${program} is missing: run ./dev setup test`);
  if (done.error)
    throw done.error;
  return {code: done.status, output: done.stdout + done.stderr};
}

/// A directory of the test's own, gone when the test ends.
export function scratch(test) {
  const path = mkdtempSync(join(tmpdir(), 'rollcall-deploy-'));
  test.after(() => rmSync(path, {recursive: true}));
  return path;
}

/// Every value in `value` that is an object, and itself, with its path.
export function* objects(value, path = '') {
  if (value === null || typeof value !== 'object')
    return;
  yield [path, value];
  for (const [key, inner] of Object.entries(value))
    yield* objects(inner, `${path}/${key}`);
}
