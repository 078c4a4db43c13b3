export { registerApiRoute, type MatchApiRequest } from './register-api-route.ts'
export { ReplayQueue, type DropReason, type ReplayQueueOptions } from './replay-queue.ts'
