import type { ClientConfig, GuardianConfig, ParsedResource } from '../../src/contract/config.ts'
import type { LoginParameters } from '../../src/contract/messages.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import type { RunningServer } from '../servers/running-server.ts'
import { signInByHand } from '../servers/sign-in-by-hand.ts'
import { startBackend, type Backend } from '../servers/start.ts'
import { decodeJws } from '../../src/testing/server/jws.ts'
import { guardianInTest, type GuardianInTest } from './guardian-in-test.ts'
import { APP } from './parsed-config.ts'

/** A request that left the guardian, to the authorization server or the API. */
export interface SentProof {
  readonly url: string
  readonly method: string
  readonly authorization: string | null
  readonly body: string
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
  readonly status: number
}

/** The guardian's core against the real authorization server and the real API, which check every proof. */
export interface BoundGuardian {
  readonly guardian: GuardianInTest
  readonly as: RunningServer
  readonly api: RunningServer
  readonly resource: ParsedResource
  /** What left for the token endpoint. */
  readonly tokenRequests: SentProof[]
  /** What left for the API. */
  readonly apiRequests: SentProof[]
  /** Changes answers on their way, as a misbehaving server would. */
  disturb: (response: Response, url: string) => Response | Promise<Response>
  readonly beginSignIn: (login?: LoginParameters) => Promise<string>
  readonly finishSignIn: (authorizationUrl: string) => Promise<void>
  readonly signIn: () => Promise<void>
  readonly call: (path?: string, init?: RequestInit) => Promise<Response>
  readonly codes: () => string[]
  /** Lets seconds pass for the guardian. */
  readonly pass: (seconds: number) => void
  readonly close: () => Promise<void>
}

/** @param client what is not as in the demo, with `dpop: 'required'` */
export async function boundGuardianInTest(
  client: Partial<ClientConfig> = {},
): Promise<BoundGuardian> {
  const backend = await startBackend({ appOrigins: [APP] })
  const config = configFor(backend, client)
  const tokenRequests: SentProof[] = []
  const apiRequests: SentProof[] = []
  let passed = 0
  const send = async (list: SentProof[], request: Request): Promise<Response> => {
    const body = await request.clone().text()
    const response = await bound.disturb(await fetch(request), request.url)
    list.push(sentProof(request, body, response.status))
    return response
  }
  const wire = {
    fetch: (url: string, init: RequestInit) =>
      url.endsWith('/token') ? send(tokenRequests, new Request(url, init)) : fetch(url, init),
    now: () => epochSeconds(Math.floor(Date.now() / 1000) + passed),
    timeoutMs: 5000,
  }
  const guardian = await guardianInTest(config, { wire })
  const resource = guardian.surroundings.config.resources[0] as ParsedResource
  const bound: BoundGuardian = {
    guardian,
    as: backend.authorizationServer,
    api: backend.api,
    resource,
    tokenRequests,
    apiRequests,
    disturb: (response) => response,
    beginSignIn: (login) => guardian.startSignIn(login),
    finishSignIn: async (authorizationUrl) => {
      const redirectUri = `${APP}/auth/callback`
      const { searchParams: parameters } = await signInByHand(authorizationUrl, redirectUri)
      const delivery = { parameters, mode: 'query', redirectUri } as const
      await guardian.core.completion.finish(delivery, guardian.waitUntil)
      await guardian.settled()
    },
    signIn: async () => bound.finishSignIn(await bound.beginSignIn()),
    call: (path = 'me', init = {}) =>
      guardian.core.apiRequests.answer({
        request: new Request(`${resource.origin}${resource.pathPrefix}${path}`, init),
        resource,
        fetch: (request) => send(apiRequests, request),
        waitUntil: guardian.waitUntil,
      }),
    codes: () =>
      guardian.events.flatMap((event) => (event.type === 'error' ? [event.error.code] : [])),
    pass: (seconds) => {
      passed += seconds
    },
    close: () => backend.close(),
  }
  return bound
}

function configFor(
  { authorizationServer, api }: Backend,
  client: Partial<ClientConfig>,
): Partial<GuardianConfig> {
  return {
    clients: {
      issuer: authorizationServer.origin,
      clientId: 'demo',
      scope: 'openid profile api:read api:write',
      dpop: 'required',
      ...client,
    },
    resources: [{ url: `${api.origin}/v1/` }],
  }
}

function sentProof(request: Request, body: string, status: number): SentProof {
  const { url, method, headers } = request
  const { header, payload } = decodeJws(headers.get('dpop') ?? '') ?? { header: {}, payload: {} }
  const authorization = headers.get('authorization')
  return { url, method, authorization, body, header, payload, status }
}
