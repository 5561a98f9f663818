export const cache: string;
export function editorToolsObstacle(): string | undefined;
export function ensureEditorTools(): Promise<{ readonly node: string; readonly server: string; readonly playwright: string }>;
export function ensureVsce(): Promise<{ readonly node: string; readonly vsce: string }>;
export function ensureChromium(): string;
export function softwareGpuObstacle(): string | undefined;
export function ensureSoftwareGpu(): string;
