import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createControl } from '../control.ts'
import { readText } from '../http-text.ts'
import { bind, running, type PortOption, type RunningServer } from '../running-server.ts'
import { forwardRequest, passOn } from './forward-request.ts'
import { IntrospectingApi } from './introspecting-api.ts'
import { appInPortal, writeConfiguration } from './lemonldap-configuration.ts'
import { LemonldapSessions } from './lemonldap-sessions.ts'
import { PassingSecrets } from './passing-secrets.ts'
import { startPlackup, type Plackup } from './plackup.ts'

export interface LemonldapServerOptions {
  readonly port?: PortOption
  /** A public client that has to use PKCE. */
  readonly clientId: string
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  /** Origins that may call the API. The portal's own CORS knows one origin or all: here it is the package's default, all. */
  readonly apiCallers: readonly string[]
}

const psgiFile = fileURLToPath(new URL('lemonldap.psgi', import.meta.url))
/** What the app may ask for. */
const scope = 'openid profile email'
const bodyLimitBytes = 65_536
/** Of the first request: the portal reads its configuration and most of its code then. */
const ANSWER_MS = 10_000
const api = { clientId: 'api', clientSecret: randomBytes(16).toString('hex') }

/**
 * LemonLDAP::NG as the Debian package `liblemonldap-ng-portal-perl` has it, started with plackup, with its demonstration accounts:
 * `dwho`, `rtyler` and `msmith`, whose passwords are their names. `dwho` has agreed to the app's scopes before; the others are asked
 * once. Beside the portal, at `/api/me`, is an API that asks it about the tokens. Both stand behind a port of ours that counts,
 * disturbs and takes notes.
 *
 * Commands: `{ do: 'issued' }` as the other authorization servers; `{ do: 'presented' }`, the tokens that the API got;
 * `{ do: 'refusals' }`, the errors of the token endpoint; `{ do: 'expire' }` ends the access tokens of today, `{ do: 'revoke' }` the
 * refresh tokens too, `{ do: 'expire-sessions' }` the sign-ins. A reset forgets all that and who else agreed.
 */
export async function startLemonldapServer(
  options: LemonldapServerOptions,
): Promise<RunningServer> {
  const listener = await bind(options.port ?? 0)
  const folder = await mkdtemp(join(tmpdir(), 'lemonldap-'))
  const { origin } = listener
  let portal: Plackup | undefined

  async function close(): Promise<void> {
    await listener.close()
    await portal?.end()
    await rm(folder, { recursive: true, force: true })
  }

  try {
    const { clientId, redirectUris, postLogoutRedirectUris } = options
    const { iniFile, sessions: sessionFolder } = await writeConfiguration(folder, {
      origin,
      clientId,
      redirectUris,
      postLogoutRedirectUris,
      api,
    })
    portal = await startPlackup({
      psgiFile,
      env: { LLNG_DEFAULTCONFFILE: iniFile },
      isReady: (port) => isPortalOf(origin, port),
    })
    const sessions = new LemonldapSessions(sessionFolder)
    sessions.agree('dwho', appInPortal, scope)
    const service = new Service(portal.port, {
      ...api,
      introspectionEndpoint: `${origin}/oauth2/introspect`,
      callers: options.apiCallers,
    })
    const control = createControl({
      cors: () => ({ 'access-control-allow-origin': '*' }),
      onReset: () => {
        service.reset()
        sessions.clear()
        sessions.agree('dwho', appInPortal, scope)
      },
      commands: {
        issued: () => ({ ...service.secrets.issued }),
        refusals: () => ({ refusals: service.refusals }),
        presented: () => ({ presented: service.api.presented }),
        expire: () => sessions.forgetTokens(service.secrets.issued.accessTokens),
        revoke: () => {
          const { accessTokens, refreshTokens } = service.secrets.issued
          sessions.forgetTokens([...accessTokens, ...refreshTokens])
        },
        'expire-sessions': () => sessions.endSignIns(),
      },
    })
    listener.serve(
      control.around((request, response) => {
        service.answer(request, response).catch(() => response.writeHead(502).end())
      }),
    )
    return { ...running(listener, control), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The issuer has a slash at its end. */
async function isPortalOf(origin: string, port: number): Promise<boolean> {
  const signal = AbortSignal.timeout(ANSWER_MS)
  const address = `http://127.0.0.1:${port}/.well-known/openid-configuration`
  const response = await fetch(address, { signal })
  const { issuer } = (await response.json()) as { issuer?: unknown }
  return issuer === `${origin}/`
}

class Service {
  readonly secrets = new PassingSecrets()
  /** Errors of the token endpoint, oldest first. */
  refusals: string[] = []
  readonly api: IntrospectingApi
  readonly #portalPort: number

  constructor(portalPort: number, apiOptions: ConstructorParameters<typeof IntrospectingApi>[0]) {
    this.#portalPort = portalPort
    this.api = new IntrospectingApi(apiOptions)
  }

  reset(): void {
    this.secrets.forget()
    this.refusals = []
    this.api.presented = []
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '/' } = request
    const [path = '/', query] = url.split('?')
    if (path.startsWith('/api/')) return this.api.answer(request, response)
    const body = await readText(request, bodyLimitBytes)
    const isForTokens = path === '/oauth2/token' && method === 'POST'
    if (path === '/oauth2/authorize') this.secrets.readRequest(new URLSearchParams(query))
    if (isForTokens) this.secrets.readRequest(new URLSearchParams(body))
    const answer = await forwardRequest(request, body, this.#portalPort)
    if (answer.location !== undefined) this.secrets.readRedirect(answer.location)
    if (isForTokens) this.#note(answer.body.toString())
    passOn(answer, response)
  }

  #note(tokenAnswer: string): void {
    const members = JSON.parse(tokenAnswer) as Readonly<Record<string, unknown>>
    this.secrets.readTokens(members)
    if (typeof members['error'] === 'string') this.refusals.push(members['error'])
  }
}
