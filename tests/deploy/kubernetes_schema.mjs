/// Holds objects to Kubernetes' own API, as the package kubernetes-models has it: types, what must be there, and, which
/// its validators let pass, that nothing is there that the API does not know.
import {load} from './kit.mjs';

const groups = {
  'v1': 'IoK8sApiCoreV1',
  'apps/v1': 'IoK8sApiAppsV1',
  'batch/v1': 'IoK8sApiBatchV1',
  'policy/v1': 'IoK8sApiPolicyV1',
  'networking.k8s.io/v1': 'IoK8sApiNetworkingV1',
};

/// `value`, noting in `unread` each member that nobody has looked at: a validator looks at all that it knows.
function watched(value, path, unread) {
  if (value === null || typeof value !== 'object')
    return value;
  const copy = Array.isArray(value) ? [] : {};
  for (const key of Object.keys(value)) {
    unread.add(`${path}/${key}`);
    copy[key] = watched(value[key], `${path}/${key}`, unread);
  }
  return new Proxy(copy, {
    get(from, key) {
      unread.delete(`${path}/${String(key)}`);
      return from[key];
    },
  });
}

/// What is wrong with one object; empty when nothing is.
export async function schemaComplaints(object) {
  const name = `${object.kind} ${object.metadata?.name}`;
  const group = groups[object.apiVersion];
  if (!group)
    return [`${name}: unknown API ${object.apiVersion}`];
  const {validate} = await load(`kubernetes-models/_schemas/${group}${object.kind}.js`);
  const unread = new Set();
  const wrong = validate(watched(object, '', unread)) ? [] : validate.errors.map(
    error => `${name}: ${error.instancePath} is not right by ${error.keyword} ${JSON.stringify(error.params)}`);
  return [...wrong, ...[...unread].map(path => `${name}: there is no ${path}`)];
}
