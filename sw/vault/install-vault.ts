import type { GuardianConfig } from '../../src/contract/config.ts'
import { LANDING_FRAGMENT, POPUP_PATH } from '../../src/contract/messages.ts'
import { parseConfig } from '../../src/contract/parse-config.ts'
import { answerRequest } from '../core/answer-request.ts'
import { createGuardianCore, type GuardianCore } from '../core/guardian-core.ts'
import { refuseOtherScope, startOnActivation, stayAwakeFor } from '../host/install-guardian.ts'
import { refusal, reply } from '../host/messages.ts'
import { isRegistered } from '../host/registration-check.ts'
import { answerOwnPaths } from '../host/routes.ts'
import { surroundingsOf } from '../host/surroundings.ts'
import { cookieCourier } from './hand-over-cookie.ts'
import { answerRefresh } from './refresh-request.ts'
import { answerSession } from './session-request.ts'
import { serveVaultFiles } from './vault-files.ts'
import { parseVaultRequest, type VaultRequest } from './vault-messages.ts'

/**
 * Installs the guardian of a vault: sign-in, refresh, sign-out and storage. API requests are the bridge's, so no request of an
 * app goes through this worker; it answers the flow's paths and its own few files.
 * @param build names this version of the files
 * @throws TypeError that lists every mistake in the configuration
 */
export function installVault(
  self: ServiceWorkerGlobalScope,
  config: GuardianConfig,
  build: string,
): void {
  const parsed = parseConfig(config)
  const { origin } = self.location
  if (parsed.vault?.origin !== origin) {
    throw new TypeError(
      `This worker is for ${parsed.vault?.origin ?? 'a vault'}, not for ${origin}`,
    )
  }
  const core = createGuardianCore({
    ...surroundingsOf(self, parsed),
    handOver: cookieCourier(self),
    popupEnd: origin + POPUP_PATH + LANDING_FRAGMENT,
  })
  answerOwnPaths(self, core)
  serveVaultFiles(self, parsed, build)
  self.addEventListener('install', (event) => {
    event.waitUntil(refuseOtherScope(self, '/'))
    // Browsers activate a version only when the one before has nothing to do any more, so no sign-in is interrupted.
    void self.skipWaiting()
  })
  startOnActivation(self, core)
  const stayAwake = stayAwakeFor(self, core)
  self.addEventListener('message', (event) => {
    const request = parseVaultRequest(event.data)
    const [port] = event.ports
    if (request === undefined) return reply(port, refusal('malformed'))
    const waitUntil = (work: Promise<unknown>): void => event.waitUntil(work)
    waitUntil(
      answer(self, core, request, waitUntil)
        .then(
          (value) => reply(port, value),
          (error: unknown) => reply(port, error instanceof Error ? error : new Error('unknown')),
        )
        .then(() => stayAwake.extend())
        .catch(() => undefined),
    )
  })
}

async function answer(
  self: ServiceWorkerGlobalScope,
  core: GuardianCore,
  request: VaultRequest,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<unknown> {
  const { sessions, surroundings, completion } = core
  switch (request.type) {
    case 'start':
      // The database and its key are open then.
      await Promise.all(
        surroundings.config.clients.map(({ name }) => surroundings.tokens.read(name)),
      )
      return { started: true, inMemory: surroundings.tokens.isInMemory }
    case 'session':
      return answerSession(core, request)
    case 'ask':
      return answerRequest(core, request.request, {
        waitUntil,
        claim: () => self.clients.claim(),
        isRegistered: () => isRegistered(self),
        appOrigin: request.appOrigin,
      })
    case 'receive':
      await completion.receive(request.handOver, request.appOrigin, waitUntil, request.way)
      return { received: true }
    case 'take-hand-over': {
      const { ledger, wire } = surroundings
      return { handOver: await ledger.takeHandOver(wire.now()) }
    }
    case 'refresh':
      return answerRefresh(core, request)
    case 'token-expired':
      await sessions.end(request.client, request.generation, 'token-expired')
      return { ended: true }
  }
}
