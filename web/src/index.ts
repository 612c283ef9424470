export { contentSecurityPolicy, readPage } from './read-page.ts';
export type { Page, PageAsset } from './read-page.ts';
