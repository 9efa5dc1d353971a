import type { ControlPlane } from './control-plane.ts'

const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']

/** Requests that the API allows everybody: reviews of one's own identity and rights. */
const everybodys = [
  'create selfsubjectaccessreviews.authorization.k8s.io',
  'create selfsubjectrulesreviews.authorization.k8s.io',
  'create selfsubjectreviews.authentication.k8s.io',
]

type Review = {
  readonly spec: { readonly resourceAttributes: { verb: string; resource: string; group: string } }
  readonly status: { readonly allowed: boolean }
}

/**
 * The rights of a service account by the API's own reviews, as 'list services', sorted: cluster-wide, in one namespace,
 * or on one object. Rights that everybody has are left out.
 */
export async function permissionsOf(
  { kubectl }: Pick<ControlPlane, 'kubectl'>,
  account: { readonly namespace: string; readonly name: string },
  place: { readonly namespace?: string; readonly name?: string } = {},
): Promise<string[]> {
  const names = (await kubectl(['api-resources', '-o=name'])).trim().split('\n')
  const user = `system:serviceaccount:${account.namespace}:${account.name}`
  const groups = [
    'system:authenticated',
    'system:serviceaccounts',
    `system:serviceaccounts:${account.namespace}`,
  ]
  const reviews = [...names, 'pods.', 'pods/exec.', 'serviceaccounts/token.'].flatMap((full) => {
    const [resource = '', ...group] = full.split('.')
    return verbs.map((verb) => ({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, groups, resourceAttributes: { ...place, verb, resource, group: group.join('.') } },
    }))
  })
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: reviews })
  const said = await kubectl(['create', '-f', '-', '-o=json'], { input: list })
  const allowed = readReviews(said)
    .filter(({ status }) => status.allowed)
    .map(({ spec }) => {
      const { verb, resource, group } = spec.resourceAttributes
      return `${verb} ${[resource, group].filter(Boolean).join('.')}`
    })
  return [...new Set(allowed)].filter((each) => !everybodys.includes(each)).toSorted()
}

/** kubectl prints one object after the other. */
function readReviews(text: string): Review[] {
  return text
    .split(/(?<=^\})\n/m)
    .filter((part) => part.trim() !== '')
    .flatMap((part) => {
      const object = JSON.parse(part) as Review | { readonly items: Review[] }
      return 'items' in object ? object.items : [object]
    })
}
