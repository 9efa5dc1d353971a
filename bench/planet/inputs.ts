/** An input of the model, and where its value is from. */
export type Input = {
  readonly value: number
  readonly unit: string
  readonly what: string
  /** 'given' by the question, 'assumed', 'measured' with a row of the bench, or a page of a provider's documentation. */
  readonly source: string
}

const limits = 'developers.cloudflare.com/workers/platform/limits'
const objectPrices = 'developers.cloudflare.com/durable-objects/platform/pricing'
const objectLimits = 'developers.cloudflare.com/durable-objects/platform/limits'
const kvLimits = 'developers.cloudflare.com/kv/platform/limits'

const input = (value: number, unit: string, what: string, source: string): Input => ({
  value,
  unit,
  what,
  source,
})

/** Every number that the model uses. All but the measured ones and the prices can be changed on the command line. */
export const inputs = {
  places: input(300, '', 'places of the edge', 'given'),
  clusters: input(10_000, '', 'clusters', 'given'),
  clients: input(100e6, '', 'clients', 'given'),
  queriesPerClient: input(300, 'a day', 'queries of a client that its own cache does not answer', 'assumed'),
  peak: input(3, '×', 'the busiest second by the mean one', 'assumed'),
  placesPerCluster: input(20, '', 'places in which a cluster is asked for all day', 'assumed'),
  changesPerHour: input(720, 'an hour', 'changes of a cluster that concern DNS', 'assumed'),
  blobsPerPublish: input(2, '', 'shards that a publish changes', 'measured, row k: two and two, often less'),
  publishSeconds: input(
    2,
    's',
    'the shortest time between two publishes',
    'the agent, where a register serves',
  ),
  pollSeconds: input(1, 's', 'a place asks the register this often', 'the reader, shared per place'),
  isolateSeconds: input(2, 's', 'the oldest head that an isolate answers with', 'the reader'),
  waitSeconds: input(1.5, 's', 'the longest wait for a fresh head', 'the reader'),
  checkpointSeconds: input(60, 's', 'time between two checkpoints in KV', 'the register'),
  isolatesPerPlace: input(4, '', 'isolates of a Worker in a busy place', 'assumed'),
  rootBytes: input(9_500, 'B', 'signed part of a root, schema 2, 50,000 Services', 'measured, prototype'),
  clusterBytes: input(150, 'B', 'configuration of a cluster: id, key, zone, two ranges', 'measured'),
  workerMs: input(0.185, 'ms', 'CPU of a query in a Worker, HTTP included', 'measured, row m'),
  nodeMs: input(0.0759, 'ms', 'CPU of a query on Node', 'measured, row m'),
  bunMs: input(0.0161, 'ms', 'CPU of a query on Bun', 'measured, prototype'),
  objectMs: input(2, 'ms', 'time that an object is active for a poll', 'assumed'),
  objectGigabytes: input(0.128, 'GB', 'memory of an object that is billed', objectPrices),
  objectPerSecond: input(1_000, '/s', 'requests to one object', objectLimits),
  rowBytes: input(2e6, 'B', 'a row of an object', objectLimits),
  variableBytes: input(5_120, 'B', 'a variable or secret of a Worker', limits),
  workersPerAccount: input(500, '', 'Workers of an account', limits),
  keyWritesPerSecond: input(1, '/s', 'writes to one key of KV', kvLimits),
  coresPerMachine: input(2, '', 'cores of a machine in a place', 'assumed'),
  machineDollars: input(10, '$ a month', 'such a machine', 'assumed'),
  coreUse: input(0.5, '', 'of a core that may be used at the peak', 'assumed'),
} as const satisfies Record<string, Input>

/** The name of an input. */
export type InputName = keyof typeof inputs

/** The values of all inputs. */
export type Values = Readonly<Record<InputName, number>>

const changeable = (name: InputName): boolean => /given|assumed/.test(inputs[name].source)

/** Words such as 'clients=1e6' → the values. Throws RangeError for a word that is not NAME=NUMBER of a changeable input. */
export function readValues(words: readonly string[]): Values {
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, { value }]) => [name, value]),
  ) as Record<InputName, number>
  for (const word of words) {
    const [name = '', text = ''] = word.split('=', 2)
    const value = Number(text)
    const names = (Object.keys(inputs) as InputName[]).filter(changeable)
    const known = names.find((each) => each === name)
    if (known === undefined)
      throw new RangeError(`"${word}" is not NAME=NUMBER; names are ${names.join(', ')}`)
    if (text === '' || !Number.isFinite(value) || value <= 0)
      throw new RangeError(`${name} is "${text}"; it has to be a number above 0`)
    values[known] = value
  }
  if (values.placesPerCluster > values.places)
    throw new RangeError('placesPerCluster must not be above places')
  return values
}
