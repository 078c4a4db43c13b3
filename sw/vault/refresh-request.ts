import type { ParsedConfig } from '../../src/contract/config.ts'
import type { GuardianCore } from '../core/guardian-core.ts'
import { tokenId, type Target } from '../core/target-tokens.ts'
import type { StoredSession } from '../core/token-store.ts'
import { RefreshUnavailable } from '../protocol/refresh-tokens.ts'
import { failure } from '../protocol/failure.ts'

/** What the vault's frame asks its worker for: a newer access token than that of a session. */
export interface RefreshRequest {
  readonly type: 'refresh'
  readonly client: string
  readonly generation: string
  /** Key of the API's target, where it has one. */
  readonly target?: string
  /** Id of the token that is stale; absent when there is none yet. */
  readonly token?: string
  /** Nobody waits: the token is good still. */
  readonly inBackground?: true
}

export function refreshRequest(
  client: string,
  stale: StoredSession,
  target: Target,
  inBackground = false,
): RefreshRequest {
  const token = tokenId(stale, target)
  return {
    type: 'refresh',
    client,
    generation: stale.generation,
    ...(target && { target: target.key }),
    ...(token !== undefined && { token }),
    ...(inBackground && { inBackground }),
  }
}

export function parseRefreshRequest(fields: Record<string, unknown>): RefreshRequest | undefined {
  const { client, generation, target, token, inBackground } = fields
  if (typeof client !== 'string' || typeof generation !== 'string') return undefined
  if (!isOptionalText(target) || !isOptionalText(token)) return undefined
  if (inBackground !== undefined && inBackground !== true) return undefined
  return {
    type: 'refresh',
    client,
    generation,
    ...(target !== undefined && { target }),
    ...(token !== undefined && { token }),
    ...(inBackground && { inBackground }),
  }
}

/**
 * Refreshes, unless somebody has done so since. The answer says whether the new token is to be asked for.
 * @throws AuthError `not-signed-in`, `invalid-request`, and what a refresh throws
 */
export async function answerRefresh(
  { surroundings, refresher }: GuardianCore,
  request: RefreshRequest,
): Promise<{ readonly refreshed: true; readonly inMemory: boolean }> {
  const { client } = request
  const target = targetOf(surroundings.config, request)
  const stored = await surroundings.tokens.read(client)
  if (stored === undefined) {
    throw failure('not-signed-in', 'refresh', { message: 'There is no session to refresh' })
  }
  if (isStale(stored, request, target)) {
    if (request.inBackground && refresher.isPausedInBackground(client, stored)) {
      throw new RefreshUnavailable()
    }
    await refresher.refresh(client, stored, target)
  }
  return { refreshed: true, inMemory: surroundings.tokens.isInMemory }
}

function targetOf({ resources }: ParsedConfig, { client, target }: RefreshRequest): Target {
  if (target === undefined) return undefined
  const api = resources.find((one) => one.client === client && one.target?.key === target)
  if (api?.target) return api.target
  throw failure('invalid-request', 'request', {
    message: 'The vault’s frame is of another configuration than its worker; reload the page',
  })
}

function isStale(stored: StoredSession, request: RefreshRequest, target: Target): boolean {
  const { generation, token } = request
  // A frame of an older version knows generations only.
  if (target === undefined && token === undefined) return stored.generation === generation
  return tokenId(stored, target) === token
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}
