import type { Sandbox } from './pod-objects.ts'

/** Where the kubelet mounts the token of a service account. */
const accountDir = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The name of the volume with the token of the service account. */
export const accountVolume = 'kube-api-access'

/**
 * The configuration of an OCI runtime (runtime-spec 1.0) for a pod: command and environment of the image and the pod,
 * its user, capabilities, mounts and read-only root, as a kubelet and containerd would make it. It has no cgroups and no
 * seccomp profile. `volumeDirs`: where the files of each volume are.
 */
export function runtimeConfig(
  { pod, image, podName, apiAddress, rootfs }: Sandbox,
  volumeDirs: ReadonlyMap<string, string>,
): object {
  const [container] = pod.containers
  const {
    readOnlyRootFilesystem = false,
    allowPrivilegeEscalation = true,
    capabilities,
  } = container.securityContext
  if (!capabilities?.drop?.includes('ALL') || capabilities.add) throw new Error('the pod keeps capabilities')
  const { runAsUser, runAsGroup, fsGroup } = pod.securityContext
  const env = [
    ...image.Env,
    `KUBERNETES_SERVICE_HOST=${apiAddress}`,
    'KUBERNETES_SERVICE_PORT=443',
    `HOSTNAME=${podName}`,
    ...(container.env ?? []).map(({ name, value = '' }) => `${name}=${value}`),
  ]
  return {
    ociVersion: '1.0.2',
    hostname: podName,
    root: { path: rootfs, readonly: readOnlyRootFilesystem },
    process: {
      terminal: false,
      user: { uid: runAsUser, gid: runAsGroup, additionalGids: [fsGroup] },
      args: [...image.Entrypoint, ...container.args],
      env,
      cwd: image.WorkingDir,
      capabilities: { bounding: [], effective: [], inheritable: [], permitted: [] },
      noNewPrivileges: !allowPrivilegeEscalation,
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      ...volumeMounts(pod, volumeDirs),
    ],
    // The network namespace is that of the runtime's process.
    linux: { namespaces: ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })) },
  }
}

function volumeMounts(
  { containers: [container] }: Sandbox['pod'],
  dirs: ReadonlyMap<string, string>,
): object[] {
  const account = { name: accountVolume, mountPath: accountDir, readOnly: true }
  return [...(container.volumeMounts ?? []), ...(dirs.has(accountVolume) ? [account] : [])].map(
    ({ name, mountPath, readOnly = false }) => ({
      ...{ destination: mountPath, type: 'bind', source: dirs.get(name) },
      options: ['rbind', readOnly ? 'ro' : 'rw', 'nosuid', 'nodev'],
    }),
  )
}
