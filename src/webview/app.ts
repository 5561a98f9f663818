import type { LatentSpace, Preset } from '../shared/direction/directionFile';
import type { RegionShape } from '../shared/protocol/pageProtocol';
import type { Region } from '../shared/region';
import type { AppState } from './appState';

/** What views see of the page: its state, and what a user can do to it. */
export interface App {
  readonly state: AppState;
  /** Calls the listener at once and after every change, with the state before it. */
  subscribe(listener: (state: AppState, previous: AppState | undefined) => void): void;

  openGenerator(reference: string): void;
  /** Lets the user choose a folder, an .onnx file or a checkpoint. */
  chooseGenerator(): void;

  /** 0 .. 2^32 - 1 */
  setSeed(seed: number): void;
  /** -2 .. 2 */
  setPsi(psi: number): void;
  /** The class of a conditional generator. */
  setLabel(label: number): void;
  /** The layers that are edited; undefined for the generator's own choice. */
  setLayers(layers: readonly number[] | undefined): void;
  setSpace(space: LatentSpace): void;
  setPreset(preset: Preset): void;
  /** The number of samples of a discovery; undefined for the preset's. */
  setSamples(samples: number | undefined): void;

  setShape(shape: RegionShape): void;
  /** Sets the active region; undefined clears it. One step for undo. */
  setRegion(region: Region | undefined): void;
  /** How the active region is while it is being drawn: its directions follow, and it is no step yet. `setRegion` ends it, or `leaveRegion`. */
  drawRegion(region: Region | undefined): void;
  /** What was being drawn is given up: the region is as it was before. */
  leaveRegion(): void;
  /** Whether directions follow the region by themselves. */
  setFollowing(on: boolean): void;
  undo(): void;
  redo(): void;
  selectRegion(index: number): void;
  /** Adds a region and makes it the active one; a name is made up where left out. */
  addRegion(name?: string, region?: Region): void;
  renameRegion(index: number, name: string): void;
  removeRegion(index: number): void;
  /** Puts one of the generator's named regions in the place of the active one, or selects the region of that name where there is one. */
  useNamedRegion(name: string): void;

  discover(): void;
  /** Ends the discovery and keeps what there is. */
  stopDiscovery(): void;
  /** Ends the discovery and goes back to what was there before. */
  cancelDiscovery(): void;

  /** Moves the slider of a direction of the active region. */
  setAlpha(direction: number, alpha: number): void;
  /** Moves the slider of a direction of any region. */
  setAlphaOf(region: number, direction: number, alpha: number): void;
  /** A slider that was moved has been let go. */
  release(): void;
  /** All sliders of all regions back to 0. */
  resetEdits(): void;
  setByLocality(byLocality: boolean): void;
  /** Keeps the order of the directions while somebody points at them or has the keyboard there. */
  holdCards(held: boolean): void;
  saveDirection(direction: number): void;

  setHeat(heat: boolean): void;
  setComparing(comparing: boolean): void;
  /** Draws other seeds for the row of other samples. */
  refreshOtherSamples(): void;
  exportStrip(): void;
  /** Opens the page that makes animations, videos and grids of the directions at hand. */
  exportAnimation(): void;
  exportPicture(): void;
  dismissNotice(): void;
}
