import { guardianModes } from './modes.ts'
import { accessTokenSeconds } from './stack.ts'
import { openPage, type Bench } from './tabs.ts'

const tabCount = 8
const requestsPerTab = 25

export interface Storm {
  readonly mode: (typeof guardianModes)[number]
  readonly tabs: number
  readonly requests: number
  readonly succeeded: number
  /** Requests that arrived at the token endpoint. */
  readonly tokenRequests: number
  /** Milliseconds until the last tab had its last answer. */
  readonly ms: number
}

/** Many requests of many tabs on an access token that is expired by the worker's clock. */
export async function measureRefreshStorms(bench: Bench): Promise<Storm[]> {
  const storms: Storm[] = []
  for (const mode of guardianModes) storms.push(await storm(bench, mode))
  return storms
}

async function storm(
  { stack, context, tabs }: Bench,
  mode: (typeof guardianModes)[number],
): Promise<Storm> {
  const { origin } = stack.apps[mode]
  const more = await Promise.all(
    Array.from({ length: tabCount - 1 }, async () => {
      const page = await context.newPage()
      await openPage(page, origin)
      return page
    }),
  )
  const pages = [tabs[mode].page, ...more]
  const worker = context.serviceWorkers().find((running) => running.url() === `${origin}/sw.js`)
  if (worker === undefined) throw new Error(`${mode}: no worker runs`)

  const { control } = stack.backend.authorizationServer
  const before = tokenRequests(control.report().counts)
  await worker.evaluate((ms) => {
    const { now } = Date
    Date.now = () => now() + ms
  }, accessTokenSeconds * 1000)
  const asked = { url: stack.apiUrl, count: requestsPerTab, startAt: Date.now() + 500 }
  const bursts = await Promise.all(
    pages.map((page) =>
      page.evaluate(({ url, count, startAt }) => bench.parallel(url, count, {}, startAt), asked),
    ),
  )
  const made = tokenRequests(control.report().counts) - before
  await Promise.all(more.map((page) => page.close()))
  return {
    mode,
    tabs: tabCount,
    requests: tabCount * requestsPerTab,
    succeeded: bursts.reduce((sum, burst) => sum + burst.succeeded, 0),
    tokenRequests: made,
    ms: Math.max(...bursts.map((burst) => burst.ms)),
  }
}

function tokenRequests(counts: Readonly<Record<string, number>>): number {
  return counts['POST /token'] ?? 0
}
