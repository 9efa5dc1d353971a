import { startWorkerdEdge } from '../blackbox/workerd-edge.ts'
import { checkKubedoh } from './kubedoh.case.ts'

checkKubedoh('workerd', startWorkerdEdge)
