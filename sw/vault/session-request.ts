import { parseProofKey } from '../protocol/proof-key.ts'
import { Secret } from '../protocol/secret.ts'
import type { GuardianCore } from '../core/guardian-core.ts'
import type { StoredSession } from '../core/token-store.ts'
import { readTokens, writeTokens } from '../storage/token-rows.ts'

/**
 * What the vault's frame asks its worker for when it does not find a session in the storage that both have: the storage fails, and
 * the worker has it in its memory.
 */
export interface SessionRequest {
  readonly type: 'session'
  readonly client: string
}

/** What the answer says. */
export interface FoundSession {
  readonly session: StoredSession | undefined
  /** Whether the worker's memory has what the storage has not: then it is to be asked, not the storage. */
  readonly inMemory: boolean
}

interface SessionReply {
  readonly inMemory: boolean
  readonly generation?: string
  /** As it is stored, but not sealed. */
  readonly text?: string
  readonly proofKey?: CryptoKeyPair
}

/**
 * The one message with a token in it: between the vault's own worker and the vault's own page, which read the same storage
 * otherwise. The refresh token stays in the worker; the page only sees that there is one.
 */
export async function answerSession(
  { surroundings, sessions }: GuardianCore,
  { client }: SessionRequest,
): Promise<SessionReply> {
  const { tokens } = surroundings
  const stored = await tokens.read(client)
  const inMemory = tokens.isInMemory
  if (stored === undefined) {
    // Notices and tells that there is no session any more.
    await sessions.session(client).catch(() => undefined)
    return { inMemory }
  }
  const { proofKey, idToken: _, refreshToken, ...rest } = stored.tokens
  const kept = refreshToken && { refreshToken: new Secret('refresh-token', '') }
  return {
    inMemory,
    generation: stored.generation,
    text: writeTokens({ tokens: { ...rest, ...kept } }),
    ...(proofKey && { proofKey: proofKey.reveal() }),
  }
}

export function parseSessionReply(value: unknown): FoundSession {
  const { inMemory, generation, text, proofKey } = (value ?? {}) as Record<string, unknown>
  const key = parseProofKey(proofKey)
  const content = typeof text === 'string' ? readTokens(text) : undefined
  return {
    inMemory: inMemory === true,
    session:
      content && typeof generation === 'string'
        ? { generation, tokens: { ...content.tokens, ...(key && { proofKey: key }) } }
        : undefined,
  }
}
