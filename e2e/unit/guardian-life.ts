import { isAuthError } from '../../src/contract/errors.ts'
import type { Session } from '../../src/contract/session.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { DegradingTokenStore } from '../../sw/core/degrading-token-store.ts'
import { createGuardianCore, type GuardianCore } from '../../sw/core/guardian-core.ts'
import { exclusive } from '../../sw/host/exclusive.ts'
import { Secret } from '../../sw/protocol/secret.ts'
import { Database } from '../../sw/storage/database.ts'
import { IdbLedger } from '../../sw/storage/idb-ledger.ts'
import { IdbSessionRows } from '../../sw/storage/idb-session-rows.ts'
import { APP, configWith, ISSUER } from './parsed-config.ts'
import { tokenSet } from './token-sets.ts'

/** What a test tells a life of a guardian. */
export type ToLife =
  | { readonly do: 'start'; readonly database: string }
  | { readonly do: 'sign-in'; readonly id: number; readonly refreshToken: string }
  | { readonly do: 'refresh'; readonly id: number }
  | { readonly do: 'look'; readonly id: number }
  /** Of the authorization server. `status` 0: the network failed. */
  | {
      readonly do: 'answer'
      readonly id: number
      readonly status: number
      readonly body: string
    }

export type FromLife =
  | { readonly say: 'ready' }
  | { readonly say: 'asks'; readonly id: number; readonly refreshToken: string }
  | { readonly say: 'done'; readonly id: number; readonly outcome: string }
  | {
      readonly say: 'seen'
      readonly id: number
      readonly session: Session
      readonly refreshToken?: string
    }

/** Milliseconds for one request to the server: short, for some are never answered. */
const SERVER_TIMEOUT_MS = 300
const CLIENT = 'default'

/**
 * One life of a guardian in a dedicated worker, which a test ends between any two lines: its database, its locks and its
 * code are the real ones, the server is in the page that made it.
 */
function live(database: Database, name: string): GuardianCore {
  return createGuardianCore({
    config: configWith({
      storage: 'shared-indexeddb',
      deploymentCheck: 'off',
      clients: {
        issuer: ISSUER,
        clientId: 'app',
        metadata: {
          issuer: ISSUER,
          authorization_endpoint: `${ISSUER}/authorize`,
          token_endpoint: `${ISSUER}/token`,
          jwks_uri: `${ISSUER}/jwks`,
          code_challenge_methods_supported: ['S256'],
        },
      },
    }),
    wire: {
      fetch: askServer,
      now: () => epochSeconds(Date.now() / 1000),
      timeoutMs: SERVER_TIMEOUT_MS,
    },
    tokens: new DegradingTokenStore(
      new IdbSessionRows(database),
      () => undefined,
      () => performance.now(),
    ),
    ledger: new IdbLedger(database),
    exclusive: (task, work) => exclusive(navigator.locks, `${name} ${task}`, work),
    tell: () => undefined,
    origin: APP,
    returnOrigins: [APP],
    home: `${APP}/`,
    popupEnd: `${APP}/#_popup`,
    scriptUrl: `${APP}/sw.js`,
  })
}

const answers = new Map<number, (response: Response | undefined) => void>()

async function askServer(_url: string, { body, signal }: RequestInit): Promise<Response> {
  const id = answers.size
  const refreshToken = new URLSearchParams(body as URLSearchParams).get('refresh_token') ?? ''
  const answer = new Promise<Response>((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new DOMException('Too late', 'TimeoutError')))
    answers.set(id, (response) =>
      response ? resolve(response) : reject(new TypeError('The network failed')),
    )
  })
  say({ say: 'asks', id, refreshToken })
  return answer
}

async function signIn(core: GuardianCore, refreshToken: string): Promise<void> {
  const tokens = { ...tokenSet(0), refreshToken: new Secret('refresh-token', refreshToken) }
  await core.sessions.signIn(CLIENT, tokens, undefined)
}

async function refresh(core: GuardianCore): Promise<string> {
  try {
    const stored = await core.surroundings.tokens.read(CLIENT)
    if (stored === undefined) return 'not-signed-in'
    await core.refresher.refreshNow(CLIENT, stored)
    return 'refreshed'
  } catch (error) {
    return isAuthError(error) ? error.code : String(error)
  }
}

function say(message: FromLife): void {
  self.postMessage(message)
}

let core: GuardianCore

self.addEventListener('message', ({ data }: MessageEvent<ToLife>) => {
  void obey(data)
})

async function obey(order: ToLife): Promise<void> {
  switch (order.do) {
    case 'start':
      core = live(new Database(order.database), order.database)
      return
    case 'sign-in':
      await signIn(core, order.refreshToken)
      return say({ say: 'done', id: order.id, outcome: 'signed-in' })
    case 'refresh':
      return say({ say: 'done', id: order.id, outcome: await refresh(core) })
    case 'look': {
      const stored = await core.surroundings.tokens.read(CLIENT)
      const refreshToken = stored?.tokens.refreshToken?.reveal()
      return say({
        say: 'seen',
        id: order.id,
        session: await core.sessions.session(CLIENT),
        ...(refreshToken !== undefined && { refreshToken }),
      })
    }
    case 'answer':
      answers.get(order.id)?.(
        order.status === 0
          ? undefined
          : new Response(order.body, {
              status: order.status,
              headers: { 'content-type': 'application/json' },
            }),
      )
  }
}

say({ say: 'ready' })
