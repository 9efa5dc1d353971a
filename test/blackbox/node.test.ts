import { startNodeEdge } from './node-edge.ts'
import { blackbox } from './suite.ts'

blackbox('node', startNodeEdge)
