/// What must hold between the objects of one deployment, and what each pod must be like: a schema sees neither.

const workloads = objects => objects.filter(one => one.spec?.template);
const selects = (selector, labels) => Object.entries(selector ?? {}).every(([key, value]) => labels?.[key] === value);
const containers = pod => [...(pod.initContainers ?? []), ...pod.containers];

/// Names of Secrets are given, as no Secret lies in the tree.
function* linkComplaints(objects, secrets) {
  const named = kind => objects.filter(one => one.kind === kind).map(one => one.metadata.name);
  const templates = workloads(objects).map(one => one.spec.template);
  const chosenBy = selector => templates.filter(one => selects(selector, one.metadata?.labels));
  for (const {kind, metadata, spec} of objects) {
    const name = `${kind} ${metadata.name}`;
    if (kind === 'Service') {
      const chosen = chosenBy(spec.selector);
      if (!chosen.length)
        yield `${name} selects no pod`;
      const ports = chosen.flatMap(one => containers(one.spec).flatMap(each => each.ports ?? []).map(port => port.name));
      for (const port of spec.ports)
        if (!ports.includes(port.targetPort))
          yield `${name}: no pod has the port ${port.targetPort}`;
    }
    if (kind === 'PodDisruptionBudget' && chosenBy(spec.selector.matchLabels).length !== 1)
      yield `${name} is not of one workload`;
    if (kind === 'NetworkPolicy' && !chosenBy(spec.podSelector.matchLabels).length)
      yield `${name} is of no pod`;
    if (kind === 'StatefulSet' && !named('Service').includes(spec.serviceName))
      yield `${name}: no service ${spec.serviceName}`;
    if (!spec?.template)
      continue;
    if (spec.selector && !selects(spec.selector.matchLabels, spec.template.metadata.labels))
      yield `${name} does not select its own pods`;
    const pod = spec.template.spec;
    if (pod.serviceAccountName && !named('ServiceAccount').includes(pod.serviceAccountName))
      yield `${name}: no service account ${pod.serviceAccountName}`;
    for (const volume of pod.volumes ?? []) {
      if (volume.configMap && !named('ConfigMap').includes(volume.configMap.name))
        yield `${name}: no config map ${volume.configMap.name}`;
      if (volume.secret && !secrets.includes(volume.secret.secretName))
        yield `${name}: no secret ${volume.secret.secretName}`;
    }
  }
}

function* podComplaints({kind, metadata, spec}, isKnownSetting) {
  const name = `${kind} ${metadata.name}`;
  const pod = spec.template.spec;
  const {runAsNonRoot, seccompProfile} = pod.securityContext ?? {};
  if (!runAsNonRoot || seccompProfile?.type !== 'RuntimeDefault' || pod.hostNetwork || pod.hostPID)
    yield `${name} is not a restricted pod`;
  if (pod.automountServiceAccountToken !== false)
    yield `${name} has a token of Kubernetes`;
  if (pod.enableServiceLinks !== false)
    yield `${name}: Kubernetes would set variables that a node takes for settings`;
  const volumes = [...(pod.volumes ?? []), ...(spec.volumeClaimTemplates ?? []).map(one => one.metadata)].map(one => one.name);
  const mounts = containers(pod).flatMap(one => one.volumeMounts ?? []).map(one => one.name);
  for (const one of [...volumes.filter(each => !mounts.includes(each)), ...mounts.filter(each => !volumes.includes(each))])
    yield `${name}: ${one} is not both a volume and mounted`;
  for (const one of containers(pod)) {
    const of = `${name}, container ${one.name}`;
    const {allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities} = one.securityContext ?? {};
    if (allowPrivilegeEscalation !== false || !readOnlyRootFilesystem || capabilities?.drop?.join() !== 'ALL')
      yield `${of} is not restricted`;
    if (!one.resources?.requests?.memory || !one.resources.requests.cpu || !one.resources.limits?.memory)
      yield `${of} does not say what it needs`;
    const ports = (one.ports ?? []).map(port => port.name);
    for (const probe of [one.startupProbe, one.livenessProbe, one.readinessProbe].filter(Boolean))
      if (!ports.includes(probe.httpGet.port))
        yield `${of}: a probe asks the port ${probe.httpGet.port}, which is none`;
    const variables = (one.env ?? []).map(each => each.name);
    const words = [...(one.command ?? []), ...(one.args ?? [])].join(' ');
    for (const [, variable] of words.matchAll(/\$\((\w+)\)/g))
      if (!variables.includes(variable))
        yield `${of}: no variable ${variable}`;
    for (const [, setting] of words.matchAll(/--set[= ]([\w.]+)=/g))
      if (!isKnownSetting(setting))
        yield `${of}: no setting ${setting}`;
  }
}

/// Nodes serve until they are told to end, and are asked how they do.
function* nodeComplaints({kind, metadata, spec}, drainSeconds) {
  const name = `${kind} ${metadata.name}`;
  const pod = spec.template.spec;
  const [node] = pod.containers;
  const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map(probe => node[probe]?.httpGet?.path);
  if (paths.join() !== '/livez,/livez,/readyz')
    yield `${name} is not asked how it does`;
  const before = Number(node.lifecycle?.preStop?.exec?.command?.[1] ?? 0);
  if (pod.terminationGracePeriodSeconds <= before + drainSeconds)
    yield `${name} is killed before it has drained`;
  if (!pod.affinity?.podAntiAffinity || !pod.topologySpreadConstraints?.some(one => one.topologyKey.endsWith('/zone')))
    yield `${name} may lie on one machine, or in one zone`;
  for (const one of pod.topologySpreadConstraints ?? [])
    if (!selects(one.labelSelector.matchLabels, spec.template.metadata.labels))
      yield `${name} is spread among other pods`;
}

export function ruleComplaints(objects, {secrets, isKnownSetting, drainSeconds}) {
  const nodes = workloads(objects).filter(one => one.kind !== 'Job');
  return [
    ...linkComplaints(objects, secrets),
    ...workloads(objects).flatMap(one => [...podComplaints(one, isKnownSetting)]),
    ...nodes.flatMap(one => [...nodeComplaints(one, drainSeconds)]),
  ];
}
