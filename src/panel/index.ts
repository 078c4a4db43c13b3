export type { Finding } from './finding.ts'
export { mountPanel, type PanelClients, type PanelOptions } from './mount-panel.ts'
export { definePanel, type TokenGuardianPanel } from './panel-element.ts'
