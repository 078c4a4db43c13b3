import { expect } from 'vitest'
import type { GuardianConfig } from '../../src/contract/config.ts'
import { isAuthError, type AuthErrorCode } from '../../src/contract/errors.ts'
import { expectNoSecret } from './expect-failure.ts'
import type { FakeServer } from './fake-server.ts'
import { guardianInTest, type GuardianInTest } from './guardian-in-test.ts'
import { APP } from './parsed-config.ts'

/** A server that is honest except in one thing. */
export interface OddServer {
  readonly config?: Partial<GuardianConfig>
  /** Before anybody signs in. */
  readonly prepare?: Prepare
  /** Changes the authorization response, or makes another one for the URL of the request. */
  readonly respond?: (
    response: URLSearchParams,
    server: FakeServer,
    url: string,
  ) => Promise<URLSearchParams> | void
}

/** An odd server at which a sign-in must fail. */
export interface Refused extends OddServer {
  readonly code: AuthErrorCode
  /** How often the code may be exchanged. */
  readonly exchanges: 0 | 1
}

type Prepare = (server: FakeServer) => void | Promise<void>

/** A server whose ID Tokens have other claims. */
export function claims(changed: Record<string, unknown>): Prepare {
  return (server) => {
    server.claims = changed
  }
}

/** How a sign-in ended, as a page sees it. */
interface Ended {
  readonly guardian: GuardianInTest
  readonly code: AuthErrorCode | 'signed-in'
}

/** Signs in at an odd server, from the page's question to where the browser lands. */
export async function signInAt({ config, prepare, respond }: OddServer): Promise<Ended> {
  const guardian = await guardianInTest(config)
  await prepare?.(guardian.server)
  return { guardian, code: await signInAgain(guardian, respond) }
}

export async function signInAgain(
  guardian: GuardianInTest,
  respond?: OddServer['respond'],
): Promise<Ended['code']> {
  const url = await guardian.startSignIn().catch((error: unknown) => {
    if (isAuthError(error)) return error
    throw error
  })
  // Refused before the browser left.
  if (typeof url !== 'string') return url.code
  const { server, core, ledger, surroundings } = guardian
  const honest = server.authorize(url)
  const parameters = (await respond?.(honest, server, url)) ?? honest
  const mode = surroundings.config.clients[0]?.responseMode ?? 'query'
  const work: Promise<unknown>[] = []
  const redirectUri = `${APP}/auth/callback`
  const landed = await core.completion.finish({ parameters, mode, redirectUri }, (part) => {
    work.push(part)
  })
  await Promise.all(work)
  expectNoSecret(landed)
  const landing = await ledger.takeLanding(surroundings.wire.now())
  expectNoSecret(landing)
  return landing?.error?.code ?? 'signed-in'
}

/** Nothing was stored, nobody is signed in, nothing secret was said, and the code was exchanged this often. */
export async function expectNothingStored(
  { server, core, tokens, events }: GuardianInTest,
  exchanges: number,
): Promise<void> {
  expect(await tokens.read('default')).toBeUndefined()
  expect(await core.sessions.session('default')).toEqual({ status: 'signed-out' })
  expect(events.filter(({ type }) => type === 'session')).toEqual([])
  expectNoSecret(events)
  expect(server.count('token')).toBe(exchanges)
}
