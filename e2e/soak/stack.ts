import { addClientPage } from '../fixtures/client-page.ts'
import { buildDemo, vaultFolder } from '../fixtures/demo-builds.ts'
import type { Topology } from '../fixtures/topologies.ts'
import { startAppServer } from '../servers/app-server.ts'
import { listenOnLoopback } from '../../src/testing/server/listener.ts'
import type { RunningServer } from '../servers/running-server.ts'
import { startBackend } from '../servers/start.ts'
import { startVaultServer } from '../servers/vault-server.ts'

/** Short, so that there are many refreshes. */
const ACCESS_TOKEN_SECONDS = 20
/** Longer than anything here keeps the guardian from asking again: no session ends for a lost answer. */
const REFRESH_GRACE_SECONDS = 60

export interface Stack {
  readonly as: RunningServer
  readonly api: RunningServer
  readonly app: RunningServer
  /** Host of the guardian: the vault, or the app itself. */
  readonly guardian: RunningServer
  close(): Promise<void>
}

/** Starts the servers and builds the demo for them, with sessions on disk in either topology: workers are ended here. */
export async function startStack(topology: Topology): Promise<Stack> {
  const appListener = await listenOnLoopback(0)
  const vaultListener = topology === 'vault' ? await listenOnLoopback(0) : undefined
  const origins = [appListener.origin, ...(vaultListener ? [vaultListener.origin] : [])]
  const backend = await startBackend({
    appOrigins: origins,
    accessTokenSeconds: ACCESS_TOKEN_SECONDS,
    authorizationServer: { refreshGraceSeconds: REFRESH_GRACE_SECONDS },
  })
  const asOrigin = backend.authorizationServer.origin
  const apiOrigin = backend.api.origin
  const root = await buildDemo(
    topology,
    'soak',
    {
      asOrigin,
      apiOrigin,
      ...(vaultListener && {
        vault: { origin: vaultListener.origin, appOrigins: [appListener.origin] },
      }),
    },
    topology === 'vault' ? {} : { guardian: { storage: 'shared-indexeddb' } },
  )
  await addClientPage(root)
  const vault =
    vaultListener && (await startVaultServer({ port: vaultListener, root: vaultFolder(root) }))
  const app = await startAppServer({
    port: appListener,
    root,
    apiOrigin,
    issuer: asOrigin,
    vaultOrigin: vault?.origin,
    // Its policy allows no workers but the guardian's, and there are some that call the API here.
    protections: { csp: false },
  })
  return {
    as: backend.authorizationServer,
    api: backend.api,
    app,
    guardian: vault ?? app,
    close: async () => {
      await Promise.all([backend.close(), app.close(), vault?.close()])
    },
  }
}
