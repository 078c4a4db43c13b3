import { inRounds, type ByMode } from './measure-requests.ts'
import type { Bench } from './tabs.ts'

export const transferModes = ['direct', 'guardian', 'vault'] as const
export const downloadBytes = 50_000_000
export const uploadBytes = 20_000_000

type Transfers = ByMode<(typeof transferModes)[number]>

/** Samples in milliseconds. */
export interface TransferSamples {
  /** Read by `arrayBuffer()`, and by a `getReader()` loop. */
  readonly download: Transfers
  readonly downloadByReader: Transfers
  /** A Blob, until the answer is there. */
  readonly upload: Transfers
}

export async function measureTransfers(
  { stack, tabs }: Bench,
  rounds: number,
): Promise<TransferSamples> {
  const few = Math.ceil(rounds / 4)
  const { origin } = stack.backend.api
  const download = (how: 'array-buffer' | 'reader'): Promise<Transfers> =>
    inRounds(transferModes, few, async (mode) => {
      const { page, headers } = tabs[mode]
      await page.bringToFront()
      const asked = { url: `${origin}/v1/bytes?size=${downloadBytes}`, how, headers }
      const { ms, bytes } = await page.evaluate(
        ({ url, how: by, headers: set }) => bench.download(url, by, set),
        asked,
      )
      if (bytes !== downloadBytes) throw new Error(`${mode}: ${bytes} bytes arrived`)
      return [ms]
    })
  return {
    download: await download('array-buffer'),
    downloadByReader: await download('reader'),
    upload: await inRounds(transferModes, few, async (mode) => {
      const { page, headers } = tabs[mode]
      await page.bringToFront()
      const asked = { url: `${origin}/v1/echo-body`, bytes: uploadBytes, headers }
      return [
        await page.evaluate(({ url, bytes, headers: set }) => bench.upload(url, bytes, set), asked),
      ]
    }),
  }
}
