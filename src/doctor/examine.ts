import type { CheckId } from './catalogue.ts'
import { checkApiCors } from './checks/api-cors.ts'
import { checkApp } from './checks/app.ts'
import { checkClient } from './checks/client.ts'
import { checkClock } from './checks/clock.ts'
import { checkFlowPaths } from './checks/flow-paths.ts'
import { checkMetadata } from './checks/metadata.ts'
import { checkRedirectUri } from './checks/redirect-uri.ts'
import { checkServerCors } from './checks/server-cors.ts'
import { checkVault } from './checks/vault.ts'
import { checkWorker } from './checks/worker.ts'
import type { Deployment } from './deployment.ts'
import type { Result } from './finding.ts'
import { Servers } from './servers.ts'

type Check = (deployment: Deployment, servers: Servers) => AsyncGenerator<Result>

/** Those of a client; `browser` needs one. */
const checks: Readonly<Record<Exclude<CheckId, 'browser'>, Check>> = {
  app: checkApp,
  worker: checkWorker,
  'flow-paths': checkFlowPaths,
  vault: checkVault,
  metadata: checkMetadata,
  'server-cors': checkServerCors,
  client: checkClient,
  'redirect-uri': checkRedirectUri,
  'api-cors': checkApiCors,
  clock: checkClock,
}

/** Asks a deployment everything that a client can ask. @returns in the order of the checks */
export async function examine(deployment: Deployment): Promise<readonly Result[]> {
  const servers = new Servers(deployment)
  const { clients } = deployment.config
  const names = ['authorization_endpoint', 'token_endpoint'] as const
  const urls = await Promise.all(
    clients.flatMap((client) => names.map((name) => servers.endpoint(client, name))),
  )
  const endpoints = urls.filter((url) => url !== undefined)
  const results = await Promise.all(
    Object.values(checks).map((check) => collect(check({ ...deployment, endpoints }, servers))),
  )
  return results.flat()
}

/** Everything that a check finds. */
export async function collect(results: AsyncIterable<Result>): Promise<readonly Result[]> {
  const all: Result[] = []
  for await (const result of results) all.push(result)
  return all
}
