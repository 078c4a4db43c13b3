import type { CDPSession } from 'playwright'

import type { Bench } from './tabs.ts'

export interface Stopper {
  /** Stops every worker; each of these is waited for, first to run and then to be stopped. */
  stop(...scripts: readonly string[]): Promise<void>
}

export async function stopper({ context, tabs }: Bench): Promise<Stopper> {
  const session = await context.newCDPSession(tabs['pass-through'].page)
  const running = await watchWorkers(session)
  return {
    async stop(...scripts) {
      await until(() => scripts.every((script) => running.has(script)), `${scripts.join()} run`)
      await session.send('ServiceWorker.stopAllWorkers')
      await until(
        () => !scripts.some((script) => running.has(script)),
        `${scripts.join()} are stopped`,
      )
    },
  }
}

/** @returns the scripts of the workers that run now */
async function watchWorkers(session: CDPSession): Promise<ReadonlySet<string>> {
  const running = new Set<string>()
  session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    for (const { scriptURL, runningStatus } of versions) {
      if (runningStatus === 'stopped') running.delete(scriptURL)
      else running.add(scriptURL)
    }
  })
  await session.send('ServiceWorker.enable')
  return running
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`Not in 10 seconds: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
