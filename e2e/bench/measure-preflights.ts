import type { Mode } from './modes.ts'
import type { Bench } from './tabs.ts'

export const preflightModes = ['direct', 'guardian', 'vault'] as const

/** Preflights at the API for each URL that a page asked for twice. */
export type Preflights = Readonly<Record<(typeof preflightModes)[number], number>>

/** Paths of their own, for browsers remember the answer to a preflight by URL and the server counts by path. */
const statuses = { direct: [231, 232, 233], guardian: [241, 242, 243], vault: [251, 252, 253] }

export async function measurePreflights({ stack, tabs }: Bench): Promise<Preflights> {
  const { control, origin } = stack.backend.api
  const preflights: Partial<Record<Mode, number>> = {}
  for (const mode of preflightModes) {
    const { page, headers } = tabs[mode]
    const paths = statuses[mode].map((status) => `/v1/status/${status}`)
    for (const path of paths) {
      await page.evaluate((asked) => bench.sequential(asked.url, 2, asked.headers), {
        url: origin + path,
        headers,
      })
    }
    const { counts } = control.report()
    preflights[mode] =
      paths.reduce((sum, path) => sum + (counts[`OPTIONS ${path}`] ?? 0), 0) / paths.length
  }
  return preflights as Preflights
}
