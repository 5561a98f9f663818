import type { ComparisonPanels } from './comparison/comparisonPanels';
import type { PanelManager } from './panel/panelManager';
import type { Services } from './services';

/** What commands work with: the services, and the panels that use them. */
export interface AllServices extends Services {
  readonly panels: PanelManager;
  readonly comparisons: ComparisonPanels;
}
