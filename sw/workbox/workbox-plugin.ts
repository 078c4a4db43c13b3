import type { StrategyOptions } from 'workbox-strategies'

export type WorkboxPlugin = NonNullable<StrategyOptions['plugins']>[number]

/** What Workbox gives to a callback of a plugin. */
export type CallOf<Name extends keyof WorkboxPlugin> = Parameters<
  NonNullable<WorkboxPlugin[Name]>
>[0]
