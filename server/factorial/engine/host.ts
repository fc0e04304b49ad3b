/** What the host gives the engine: one function, that throws when nobody waits for the answer any more. */
export declare function poll(): void;
