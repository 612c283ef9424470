export declare function ensureInstalled(root: string, forTests: boolean): void;
export declare function whatIsMissing(root: string, forTests: boolean): string | undefined;
