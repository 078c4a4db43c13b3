import { CONTRACT_VERSION, type GuardianRequest } from '../../src/contract/messages.ts'
import { parseRequest } from '../../src/contract/parse-request.ts'
import { checkHandOver, type HandOver, type HandOverWay } from '../core/hand-over.ts'
import { parseRefreshRequest, type RefreshRequest } from './refresh-request.ts'
import type { SessionRequest } from './session-request.ts'

/**
 * What the vault's own pages ask the vault's worker. Both are of one origin and one build, and no page of another origin can
 * post to the worker; it is parsed all the same.
 */
export type VaultRequest =
  /** There will be a question soon. The answer says whether sessions are in the worker's memory that the storage has not. */
  | { readonly type: 'start' }
  /** The session that the frame does not find in the storage. */
  | SessionRequest
  /** A question of the app's page, and the app's origin as the browser told the bridge. */
  | { readonly type: 'ask'; readonly appOrigin: string; readonly request: GuardianRequest }
  /** An authorization response that came to the top-level vault. */
  | {
      readonly type: 'receive'
      readonly appOrigin: string
      readonly handOver: HandOver
      readonly way: HandOverWay
    }
  /** The response that a popup of this vault brings to the frame, if there is one. */
  | { readonly type: 'take-hand-over' }
  | RefreshRequest
  /** The API refuses the token of that generation, and there is no refresh token. */
  | { readonly type: 'token-expired'; readonly client: string; readonly generation: string }

export interface VaultEnvelope {
  readonly tokenGuardianVault: VaultRequest
}

export function parseVaultRequest(data: unknown): VaultRequest | undefined {
  const request = fieldsOf(fieldsOf(data)?.['tokenGuardianVault'])
  if (request === undefined) return undefined
  const { type, appOrigin, client, generation } = request
  switch (type) {
    case 'ask': {
      const parsed = parseRequest({ tokenGuardian: CONTRACT_VERSION, request: request['request'] })
      if (!parsed.ok || typeof appOrigin !== 'string') return undefined
      return { type, appOrigin, request: parsed.request }
    }
    case 'receive': {
      const handOver = checkHandOver(request['handOver'])
      const way = request['way'] === 'popup' ? 'popup' : 'cookie'
      return handOver && typeof appOrigin === 'string'
        ? { type, appOrigin, handOver, way }
        : undefined
    }
    case 'start':
    case 'take-hand-over':
      return { type }
    case 'refresh':
      return parseRefreshRequest(request)
    case 'session':
      return typeof client === 'string' ? { type, client } : undefined
    case 'token-expired':
      if (typeof client !== 'string' || typeof generation !== 'string') return undefined
      return { type, client, generation }
    default:
      return undefined
  }
}

function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : undefined
}
