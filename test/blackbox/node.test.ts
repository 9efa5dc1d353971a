import { everyTransport } from './dns-places.ts'
import { startNodeEdge } from './node-edge.ts'
import { blackbox } from './suite.ts'

blackbox('node', (config) => startNodeEdge(config, everyTransport))
