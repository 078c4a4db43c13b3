import type { FindingId } from '../../../src/doctor/catalogue.ts'
import type { Ask } from '../../../src/doctor/deployment.ts'
import { examine } from '../../../src/doctor/examine.ts'
import type { Result } from '../../../src/doctor/finding.ts'
import { httpAsk } from '../../../src/doctor/node/http-ask.ts'
import { parseConfig } from '../../../src/contract/parse-config.ts'
import { startSmallDeployment, type SmallDeploymentOptions } from './small-deployment.ts'

/** One way in which a deployment is broken, and what the doctor must find. */
export interface Case extends Partial<SmallDeploymentOptions> {
  readonly id: FindingId
  /** How it is broken. */
  readonly when: string
  /** Findings that come with it. */
  readonly and?: readonly FindingId[]
  /** What the finding must say: of what, or which line to change. */
  readonly says?: string | RegExp
  readonly appUrl?: (appUrl: string) => string
  readonly workerUrl?: (appUrl: string) => string
  readonly ask?: (ask: Ask) => Ask
  readonly now?: () => number
}

/** Starts small servers, breaks them, examines them, and ends them. */
export async function diagnose({
  topology = 'same-origin',
  appUrl = (url) => url,
  workerUrl = (url) => `${url}sw.js`,
  ask = (asked) => asked,
  now = () => Date.now(),
  ...options
}: Partial<Case>): Promise<readonly Result[]> {
  const deployment = await startSmallDeployment({ topology, ...options })
  const { ca } = deployment
  try {
    return await examine({
      appUrl: appUrl(deployment.appUrl),
      workerUrl: workerUrl(deployment.appUrl),
      config: parseConfig(deployment.config),
      ask: ask(httpAsk({ timeoutMs: 5000, ...(ca !== undefined && { ca }) })),
      now,
    })
  } finally {
    await deployment.close()
  }
}
