import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'

import { projectFolder } from './bundle.ts'
import { measureColdStart } from './measure-cold-start.ts'
import { measureOpening } from './measure-opening.ts'
import { measurePreflights } from './measure-preflights.ts'
import { measureRefreshStorms } from './measure-refresh-storm.ts'
import { measureRequests } from './measure-requests.ts'
import { measureSizes } from './measure-sizes.ts'
import { measureTransfers } from './measure-transfers.ts'
import type { Results } from './results.ts'
import { rowsOf } from './rows.ts'
import { startStack } from './stack.ts'
import { stopper } from './stop-workers.ts'
import { tableOf } from './table.ts'
import { launch, openTabs } from './tabs.ts'

const outputFile = `${projectFolder}bench-results/bench.json`

/**
 * Measures, prints one table and writes `bench-results/bench.json`. Times are never a failure; a measurement that could not
 * be made is.
 * @param rounds of requests, each with every mode in another order
 */
export async function runBench(rounds: number): Promise<void> {
  const stack = await startStack()
  try {
    const browser = await launch()
    try {
      const bench = await openTabs(stack, browser)
      const requests = await measureRequests(bench, rounds)
      const transfers = await measureTransfers(bench, rounds)
      const preflights = await measurePreflights(bench)
      const storms = await measureRefreshStorms(bench)
      // Last: they end the session of the guardian that keeps tokens in memory, and close pages.
      const workers = await stopper(bench)
      const cold = await measureColdStart(bench, workers, rounds)
      const opening = await measureOpening(bench, workers, rounds)
      const sizes = await measureSizes(stack)
      await report(
        { requests, transfers, preflights, cold, opening, storms, sizes },
        rounds,
        browser.version(),
      )
    } finally {
      await browser.close()
    }
  } finally {
    await stack.close()
  }
}

async function report(results: Results, rounds: number, chromium: string): Promise<void> {
  const rows = rowsOf(results)
  const [cpu] = cpus()
  const environment = {
    date: new Date().toISOString(),
    versions: { ...(await packageVersions()), node: process.version, chromium },
    machine: { cpus: cpus().length, model: cpu?.model },
    rounds,
  }
  await mkdir(new URL('.', `file://${outputFile}`), { recursive: true })
  await writeFile(
    outputFile,
    `${JSON.stringify({ ...environment, rows, results }, undefined, 1)}\n`,
  )
  const { versions, machine } = environment
  console.log(
    `Chromium ${versions.chromium}, Node.js ${versions.node}, ${machine.cpus} × ${machine.model}; ` +
      `${rounds} rounds, times in milliseconds\n\n${tableOf(rows)}\n\nAll samples: bench-results/bench.json`,
  )
}

async function packageVersions(): Promise<Record<string, string>> {
  const text = await readFile(`${projectFolder}package.json`, 'utf8')
  const { version, dependencies, devDependencies } = JSON.parse(text) as {
    version: string
    dependencies: Record<string, string>
    devDependencies: Record<string, string>
  }
  const { vite = '', playwright = '' } = devDependencies
  return { 'token-guardian': version, ...dependencies, vite, playwright }
}
